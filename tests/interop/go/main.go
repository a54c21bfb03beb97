// Command interop reads a whole C2SP tlog-tiles log with the Go checksum
// database's own libraries and says in one line of JSON what it verified.
//
// It shares no code with the log that it reads: notes, keys, tile hashing and
// proofs are all golang.org/x/mod's sumdb/note and sumdb/tlog.
//
//	interop -key VERIFIER_KEY [-earlier CHECKPOINT_FILE] [-save FILE] BASE_URL
//
// Exit code: 0 everything verified, 1 something did not, 2 wrong usage.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"
)

// A report is what the program prints: after a failure only OK and Error
// are certain, the counts say how far it came.
type report struct {
	OK              bool   `json:"ok"`
	Error           string `json:"error,omitempty"`
	Origin          string `json:"origin,omitempty"`
	Size            int64  `json:"size"`
	Root            string `json:"root,omitempty"`
	EntryBytes      int64  `json:"entry_bytes"`
	EntriesIncluded int64  `json:"entries_included"`
	RootRecomputed  bool   `json:"root_recomputed"`
	ConsistentFrom  *int64 `json:"consistent_from"`
	Tiles           int    `json:"tiles"`
	Bundles         int    `json:"bundles"`
}

func main() {
	key := flag.String("key", "", "verifier key of the log")
	earlier := flag.String("earlier", "", "file with a checkpoint seen earlier")
	save := flag.String("save", "", "file to write the verified checkpoint to")
	flag.Parse()
	if *key == "" || flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: interop -key VERIFIER_KEY [-earlier FILE] [-save FILE] BASE_URL")
		os.Exit(2)
	}
	verifier, err := note.NewVerifier(*key)
	if err != nil {
		fmt.Fprintln(os.Stderr, "verifier key:", err)
		os.Exit(2)
	}
	var done report
	if err := audit(&done, flag.Arg(0), verifier, *earlier, *save); err != nil {
		done.Error = err.Error()
	}
	done.OK = done.Error == ""
	line, err := json.Marshal(done)
	if err != nil {
		panic(err) // a struct of plain fields always marshals
	}
	fmt.Println(string(line))
	if !done.OK {
		os.Exit(1)
	}
}
