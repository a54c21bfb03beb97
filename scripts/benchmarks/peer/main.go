// Command peer appends sealed entries to a Tessera log on the POSIX driver, in
// process and at the library's default batch, and says how long it took.
//
//	peer -dir FOLDER -entries N [-writers W] [-await]
//
// The folder is kept between runs, so that the log grows from round to round
// as the one it is measured beside does. The clock starts when the writers do
// (entries are made before) and stops when the last entry is integrated: in
// the tree and on the disk, its bundles and tiles fsynced. The periodic
// checkpoint after that is not waited for.
//
// With -await each entry is waited for until a published checkpoint covers it,
// at the shortest checkpoint interval and batch age that the driver takes well;
// wait_p50_ms is then the middle of these waits.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

const (
	origin = "bench.example/peer"

	shortestInterval = 100 * time.Millisecond // posix.New's appender refuses less
	shortestAge      = time.Millisecond       // of a batch, so that it never waits for others
	pollPeriod       = time.Millisecond       // of the checkpoint, while an entry waits for it
)

// A result is the program's one line of output.
type result struct {
	Entries    int     `json:"entries"`
	EntryBytes int     `json:"entry_bytes"`
	Writers    int     `json:"writers"`
	Seconds    float64 `json:"seconds"`
	WaitP50    float64 `json:"wait_p50_ms,omitempty"`
}

func main() {
	log.SetFlags(0)
	dir := flag.String("dir", "", "folder of the log")
	count := flag.Int("entries", 100_000, "entries to append")
	writers := flag.Int("writers", 2_000, "writers that each wait for their entry")
	await := flag.Bool("await", false, "one writer that waits for a published checkpoint")
	flag.Parse()
	if *dir == "" || *count < 1 || *writers < 1 {
		flag.Usage()
		os.Exit(2)
	}
	measure := integrated
	if *await {
		measure = published
	}
	done, err := measure(*dir, sealedEntries(*count), *writers)
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(done); err != nil {
		log.Fatal(err)
	}
}

// integrated measures appending at the library's default batch.
func integrated(dir string, entries [][]byte, writers int) (result, error) {
	ctx := context.Background()
	appender, _, err := open(ctx, dir, tessera.NewAppendOptions())
	if err != nil {
		return result{}, err
	}
	start := time.Now()
	if err := appendAll(ctx, appender, entries, writers); err != nil {
		return result{}, err
	}
	return result{len(entries), len(entries[0]), writers, time.Since(start).Seconds(), 0}, nil
}

// published measures one writer's waits until a checkpoint covers its entry.
func published(dir string, entries [][]byte, _ int) (result, error) {
	ctx := context.Background()
	options := tessera.NewAppendOptions().WithBatching(1, shortestAge).WithCheckpointInterval(shortestInterval)
	appender, reader, err := open(ctx, dir, options)
	if err != nil {
		return result{}, err
	}
	awaiter := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, pollPeriod)
	waits := make([]float64, len(entries))
	start := time.Now()
	for i, entry := range entries {
		added := time.Now()
		if _, _, err := awaiter.Await(ctx, appender.Add(ctx, tessera.NewEntry(entry))); err != nil {
			return result{}, err
		}
		waits[i] = float64(time.Since(added).Microseconds()) / 1_000
	}
	slices.Sort(waits)
	return result{len(entries), len(entries[0]), 1, time.Since(start).Seconds(), waits[len(waits)/2]}, nil
}

// open returns the appender of the log in the folder, which it creates if need be.
func open(ctx context.Context, dir string, options *tessera.AppendOptions) (*tessera.Appender, tessera.LogReader, error) {
	signer, err := signerIn(dir)
	if err != nil {
		return nil, nil, err
	}
	driver, err := posix.New(ctx, posix.Config{Path: filepath.Join(dir, "log")})
	if err != nil {
		return nil, nil, err
	}
	appender, _, reader, err := tessera.NewAppender(ctx, driver, options.WithCheckpointSigner(signer))
	return appender, reader, err
}

// appendAll shares the entries among writers, each of which waits until its
// entry is integrated before it takes the next.
func appendAll(ctx context.Context, appender *tessera.Appender, entries [][]byte, writers int) error {
	var next atomic.Int64
	var waiting sync.WaitGroup
	failures := make(chan error, writers)
	for range writers {
		waiting.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(entries) {
					return
				}
				if err := appendOne(ctx, appender, entries[i]); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	waiting.Wait()
	close(failures)
	return <-failures // nil when there is none
}

func appendOne(ctx context.Context, appender *tessera.Appender, entry []byte) error {
	for {
		_, err := appender.Add(ctx, tessera.NewEntry(entry))()
		if !errors.Is(err, tessera.ErrPushback) {
			return err
		}
		time.Sleep(time.Millisecond)
	}
}

// signerIn returns the log's signer, making its key on the first run.
func signerIn(dir string) (note.Signer, error) {
	file := filepath.Join(dir, "key")
	key, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		private, _, err := note.GenerateKey(nil, origin)
		if err != nil {
			return nil, fmt.Errorf("make a key: %w", err)
		}
		if err := os.WriteFile(file, []byte(private), 0o600); err != nil {
			return nil, err
		}
		return note.NewSigner(private)
	}
	if err != nil {
		return nil, err
	}
	return note.NewSigner(string(key))
}
