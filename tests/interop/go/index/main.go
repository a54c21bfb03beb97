// Command index builds maps and verifies answers of the index by docs/formats/index.md and the standard library alone.
//
// It reads a JSON array of jobs, each a map or an answer, and writes an array of what came of them.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"log"
	"os"
	"slices"
)

type answer struct {
	Key    string  `json:"key"`
	Leaves []int64 `json:"leaves"`
	Path   []byte  `json:"path"`
	Found  []byte  `json:"found"`
}

type job struct {
	Map      []answer `json:"map"` // of each key its leaves
	Answer   *answer  `json:"answer"`
	Size     int64    `json:"size"`
	LogRoot  []byte   `json:"log_root"`
	TrieRoot []byte   `json:"trie_root"`
}

type result struct {
	Root  []byte `json:"root,omitempty"`
	Hash  []byte `json:"hash,omitempty"`
	Error string `json:"error,omitempty"`
}

type leaf struct{ key, value []byte }

func hash(parts ...[]byte) []byte {
	sum := sha256.Sum256(bytes.Join(parts, nil))
	return sum[:]
}

func bit(key []byte, at int) byte { return key[at/8] >> (7 - at%8) & 1 }

// shared returns how many first bits two keys have in common.
func shared(one, other []byte) int {
	for at := range 256 {
		if bit(one, at) != bit(other, at) {
			return at
		}
	}
	return 256
}

func prefix(key []byte, bits int) []byte {
	cut := make([]byte, 32)
	for at := range bits {
		cut[at/8] |= bit(key, at) << (7 - at%8)
	}
	return cut
}

func leafNode(key, value []byte) []byte { return hash([]byte{0}, key, value) }

func innerNode(bits int, key, left, right []byte) []byte {
	return hash([]byte{1}, binary.BigEndian.AppendUint16(nil, uint16(bits)), prefix(key, bits), left, right)
}

func valueOf(leaves []int64) []byte {
	var data []byte
	for _, index := range leaves {
		data = binary.BigEndian.AppendUint64(data, uint64(index))
	}
	return hash(data)
}

// root returns the node above leaves that are sorted by their keys.
func root(leaves []leaf) []byte {
	if len(leaves) == 0 {
		return hash([]byte{2})
	}
	if len(leaves) == 1 {
		return leafNode(leaves[0].key, leaves[0].value)
	}
	bits := shared(leaves[0].key, leaves[len(leaves)-1].key)
	right := slices.IndexFunc(leaves, func(one leaf) bool { return bit(one.key, bits) == 1 })
	return innerNode(bits, leaves[0].key, root(leaves[:right]), root(leaves[right:]))
}

// begin returns the node at which an answer's path begins, and how many bits of the key it shares.
func begin(given *answer, key []byte) ([]byte, int, error) {
	found := given.Found
	switch {
	case found == nil && len(given.Leaves) > 0:
		return leafNode(key, valueOf(given.Leaves)), 256, nil
	case len(found) == 1 && found[0] == 2 && len(given.Path) == 0:
		return hash(found), 256, nil
	case len(found) == 65 && found[0] == 0 && !bytes.Equal(found[1:33], key):
		return hash(found), shared(found[1:33], key), nil
	case len(found) == 99 && found[0] == 1 && found[1] == 0:
		bits, held := int(found[2]), found[3:35]
		if bytes.Equal(prefix(held, bits), held) && shared(held, key) < bits {
			return hash(found), shared(held, key), nil
		}
	}
	return nil, 0, errors.New("nothing that excludes the key")
}

func verify(given *answer, size int64, trieRoot []byte) error {
	key, err := base64.RawURLEncoding.Strict().DecodeString(given.Key)
	if err != nil || len(key) != 32 || len(given.Path)%33 != 0 || (given.Found == nil) == (given.Leaves == nil) {
		return errors.New("not an answer")
	}
	last := int64(-1)
	for _, index := range given.Leaves {
		if index <= last || index >= size {
			return errors.New("leaf indexes out of order or beyond the size")
		}
		last = index
	}
	node, below, err := begin(given, key)
	if err != nil {
		return err
	}
	for at := len(given.Path) - 33; at >= 0; at -= 33 {
		bits, pair := int(given.Path[at]), [2][]byte{given.Path[at+1 : at+33], given.Path[at+1 : at+33]}
		if bits >= below {
			return errors.New("the node does not stand there")
		}
		pair[bit(key, bits)] = node
		node, below = innerNode(bits, key, pair[0], pair[1]), bits
	}
	if !bytes.Equal(node, trieRoot) {
		return errors.New("another root")
	}
	return nil
}

func run(one job) result {
	if one.Answer != nil {
		if err := verify(one.Answer, one.Size, one.TrieRoot); err != nil {
			return result{Error: err.Error()}
		}
		return result{Root: one.TrieRoot}
	}
	var leaves []leaf
	for _, row := range one.Map {
		key, _ := base64.RawURLEncoding.DecodeString(row.Key)
		leaves = append(leaves, leaf{key, valueOf(row.Leaves)})
	}
	slices.SortFunc(leaves, func(one, other leaf) int { return bytes.Compare(one.key, other.key) })
	top, size := root(leaves), binary.BigEndian.AppendUint64(nil, uint64(one.Size))
	return result{Root: top, Hash: hash([]byte("nostra/index/v1\x00"), size, one.LogRoot, top)}
}

func main() {
	var jobs []job
	if err := json.NewDecoder(os.Stdin).Decode(&jobs); err != nil {
		log.Fatal(err)
	}
	results := []result{}
	for _, one := range jobs {
		results = append(results, run(one))
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		log.Fatal(err)
	}
}
