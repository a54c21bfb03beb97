package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight  = 8               // C2SP tlog-tiles fixes it
	tileWidth   = 1 << tileHeight // hashes in a full tile, entries in a full bundle
	answerLimit = 64 << 20        // more than 256 entries of 64 KiB, so nothing real is cut
)

// A site is one log's monitoring prefix.
type site struct {
	prefix  string
	client  *http.Client
	tiles   map[string][]byte // by path: each tile is asked for once
	bundles int
}

func newSite(prefix string) *site {
	return &site{prefix: strings.TrimSuffix(prefix, "/"), client: &http.Client{}, tiles: map[string][]byte{}}
}

// get returns the bytes at a path, which must be answered with 200.
func (s *site) get(path string) ([]byte, error) {
	answer, err := s.client.Get(s.prefix + "/" + path)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, answerLimit))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: status %d", path, answer.StatusCode)
	}
	return body, nil
}

// numbered writes a tile number as C2SP does (1234067 is x001/x234/067), with
// the width of a partial tile behind it.
func numbered(n int64, width int) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	if width < tileWidth {
		path = fmt.Sprintf("%s.p/%d", path, width)
	}
	return path
}

// widthAt returns how many hashes tile (level, n) has in a tree of this size.
func widthAt(level int, n, size int64) int {
	return int(min(tileWidth, size>>(tileHeight*level)-n*tileWidth))
}

// tile returns the bytes of tile (level, n) at a tree size, of the exact length.
func (s *site) tile(level int, n, size int64) ([]byte, error) {
	width := widthAt(level, n, size)
	path := fmt.Sprintf("tile/%d/%s", level, numbered(n, width))
	if data, ok := s.tiles[path]; ok {
		return data, nil
	}
	data, err := s.get(path)
	if err != nil {
		return nil, err
	}
	if len(data) != width*tlog.HashSize {
		return nil, fmt.Errorf("%s: %d bytes for %d hashes", path, len(data), width)
	}
	s.tiles[path] = data
	return data, nil
}

// bundle returns the entries of bundle n at a tree size.
func (s *site) bundle(n, size int64) ([][]byte, error) {
	width := widthAt(0, n, size)
	path := "tile/entries/" + numbered(n, width)
	rest, err := s.get(path)
	if err != nil {
		return nil, err
	}
	entries := make([][]byte, 0, width)
	for len(rest) > 0 {
		if len(rest) < 2 || len(rest)-2 < int(binary.BigEndian.Uint16(rest)) {
			return nil, fmt.Errorf("%s: cut within entry %d", path, len(entries))
		}
		end := 2 + int(binary.BigEndian.Uint16(rest))
		entries = append(entries, rest[2:end])
		rest = rest[end:]
	}
	if len(entries) != width {
		return nil, fmt.Errorf("%s: %d entries, want %d", path, len(entries), width)
	}
	s.bundles++
	return entries, nil
}

// hashes reads stored hashes out of the tiles of a tree of this size. They are
// trusted no further than what is proved with them.
func (s *site) hashes(size int64) tlog.HashReader {
	known := map[int64]tlog.Hash{}
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hash, ok := known[index]
			if !ok {
				t := tlog.TileForIndex(tileHeight, index)
				data, err := s.tile(t.L, t.N, size)
				if err != nil {
					return nil, err
				}
				if hash, err = tlog.HashFromTile(t, data, index); err != nil {
					return nil, err
				}
				known[index] = hash
			}
			found[i] = hash
		}
		return found, nil
	})
}
