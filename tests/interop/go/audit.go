package main

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// audit verifies a log, filling the report as it goes:
//
//  1. the checkpoint is signed by the log's key;
//  2. the tree extends the one of the earlier checkpoint, if one is given;
//  3. the tiles give the checkpoint's root;
//  4. every entry of the bundles is included: its leaf hash, with the proof
//     that the tiles give, leads to the checkpoint's root;
//  5. the root recomputed from the entries alone is the checkpoint's.
func audit(done *report, url string, verifier note.Verifier, earlier, save string) error {
	log := newSite(url)
	defer func() { done.Tiles, done.Bundles = len(log.tiles), log.bundles }()

	// 1
	signed, err := log.get("checkpoint")
	if err != nil {
		return err
	}
	now, err := openCheckpoint(signed, verifier)
	if err != nil {
		return err
	}
	tree := now.tree
	done.Origin, done.Size, done.Root = now.origin, tree.N, tree.Hash.String()
	hashes := log.hashes(tree.N)

	// 2
	if earlier != "" {
		from, err := extends(tree, hashes, earlier, verifier)
		if err != nil {
			return err
		}
		done.ConsistentFrom = &from
	}

	// 3
	root, err := tlog.TreeHash(tree.N, hashes)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return fmt.Errorf("tiles give the root %v, the checkpoint says %v", root, tree.Hash)
	}

	// 4
	fromEntries, err := everyEntry(done, log, tree, hashes)
	if err != nil {
		return err
	}

	// 5
	if fromEntries != tree.Hash {
		return fmt.Errorf("entries give the root %v, the checkpoint says %v", fromEntries, tree.Hash)
	}
	done.RootRecomputed = true
	if save != "" {
		return os.WriteFile(save, signed, 0o600)
	}
	return nil
}

// extends proves and checks that the tree extends the one of an earlier
// checkpoint, whose size it returns.
func extends(tree tlog.Tree, hashes tlog.HashReader, file string, verifier note.Verifier) (int64, error) {
	signed, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	before, err := openCheckpoint(signed, verifier)
	if err != nil {
		return 0, fmt.Errorf("earlier %w", err)
	}
	old := before.tree
	if old.N > tree.N {
		return 0, fmt.Errorf("the log shrank from %d to %d entries", old.N, tree.N)
	}
	if old.N == 0 { // the library proves nothing about the empty tree, and nothing is to be proved
		if empty, _ := tlog.TreeHash(0, nil); old.Hash != empty {
			return 0, errors.New("the earlier checkpoint is of an empty tree with another root")
		}
		return 0, nil
	}
	proof, err := tlog.ProveTree(tree.N, old.N, hashes)
	if err != nil {
		return 0, err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
		return 0, fmt.Errorf("consistency of %d with %d entries: %w", tree.N, old.N, err)
	}
	return old.N, nil
}

// everyEntry checks the inclusion of each entry and returns the root that the
// entries give with no help from the tiles.
func everyEntry(done *report, log *site, tree tlog.Tree, hashes tlog.HashReader) (tlog.Hash, error) {
	var stored []tlog.Hash // of the tree built here, in the library's own order
	own := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = stored[index]
		}
		return found, nil
	})
	for leaf := int64(0); leaf < tree.N; {
		entries, err := log.bundle(leaf/tileWidth, tree.N)
		if err != nil {
			return tlog.Hash{}, err
		}
		for _, entry := range entries {
			hash := tlog.RecordHash(entry)
			if err := included(tree, hashes, leaf, hash); err != nil {
				return tlog.Hash{}, fmt.Errorf("entry %d: %w", leaf, err)
			}
			grown, err := tlog.StoredHashesForRecordHash(leaf, hash, own)
			if err != nil {
				return tlog.Hash{}, err
			}
			stored = append(stored, grown...)
			done.EntryBytes += int64(len(entry))
			leaf++
			done.EntriesIncluded = leaf
		}
	}
	return tlog.TreeHash(tree.N, own)
}

// included proves the leaf from the tiles and checks the proof.
func included(tree tlog.Tree, hashes tlog.HashReader, leaf int64, hash tlog.Hash) error {
	proof, err := tlog.ProveRecord(tree.N, leaf, hashes)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, leaf, hash)
}
