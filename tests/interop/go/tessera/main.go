// Command grow appends to a Tessera log that publishes a checkpoint only once a
// witness has cosigned it, and prints the checkpoint.
//
//	LOG_KEY=SIGNER_KEY grow -dir FOLDER -entries N -witness VERIFIER_KEY -url PREFIX
//
// The folder is kept between runs. Tessera forgets what the witness has seen
// when it ends: the next run begins with size 0 and is told by the witness.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

const (
	interval = 100 * time.Millisecond // of checkpoints: the shortest that the driver takes
	patience = 60 * time.Second
)

func main() {
	log.SetFlags(0)
	dir := flag.String("dir", "", "folder of the log")
	count := flag.Int("entries", 1, "entries to append")
	key := flag.String("witness", "", "verifier key of the witness")
	prefix := flag.String("url", "", "the witness's submission prefix")
	flag.Parse()

	checkpoint, err := grow(*dir, *count, *key, *prefix)
	if err != nil {
		log.Fatal(err)
	}
	os.Stdout.Write(checkpoint)
}

// grow appends entries and returns the checkpoint that covers them.
func grow(dir string, count int, key, prefix string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	options, err := optionsWith(key, prefix)
	if err != nil {
		return nil, err
	}
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		return nil, err
	}
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		return nil, err
	}
	awaiter := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, interval)
	var last tessera.IndexFuture
	for number := range count {
		entry := fmt.Appendf(nil, "entry %d of %d", number, time.Now().UnixNano())
		last = appender.Add(ctx, tessera.NewEntry(entry))
	}
	if _, _, err := awaiter.Await(ctx, last); err != nil {
		return nil, fmt.Errorf("nothing was published: %w", err)
	}
	if err := shutdown(ctx); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, "checkpoint"))
}

// optionsWith returns the options of a log that asks one witness.
func optionsWith(key, prefix string) (*tessera.AppendOptions, error) {
	signer, err := note.NewSigner(os.Getenv("LOG_KEY"))
	if err != nil {
		return nil, fmt.Errorf("LOG_KEY: %w", err)
	}
	root, err := url.Parse(prefix)
	if err != nil {
		return nil, err
	}
	witness, err := tessera.NewWitness(key, root)
	if err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	return tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(interval).
		WithWitnesses(tessera.NewWitnessGroup(1, witness), &tessera.WitnessOptions{Timeout: patience}), nil
}
