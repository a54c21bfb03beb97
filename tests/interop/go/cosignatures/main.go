// Command cosignatures reads a checkpoint note on standard input and verifies
// or adds cosignatures with transparency-dev's formats library, which shares
// no code with the node's.
//
//	cosignatures -log VERIFIER_KEY VERIFIER_KEY...    verify: prints who cosigned when, as JSON
//	cosignatures -log VERIFIER_KEY -sign PRIVATE_KEY  cosign: prints the note with one more line
//
// Exit code: 0 done, 1 a known key's line does not verify, 2 wrong usage.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	cosignature "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

// A cosigned is one verified cosignature: the key's name and ID, and the time
// in POSIX seconds.
type cosigned struct {
	Name  string `json:"name"`
	KeyID string `json:"key_id"`
	Time  int64  `json:"time"`
}

func main() {
	log := flag.String("log", "", "verifier key of the log")
	sign := flag.String("sign", "", "private key to cosign with")
	flag.Parse()
	verifiers := []note.Verifier{newVerifier(*log)}
	for _, key := range flag.Args() {
		verifiers = append(verifiers, newVerifier(key))
	}
	signed, err := io.ReadAll(os.Stdin)
	if err != nil {
		exit(2, err)
	}
	opened, err := note.Open(signed, note.VerifierList(verifiers...))
	if err != nil {
		exit(1, err)
	}
	if *sign != "" {
		addCosignature(opened, *sign)
		return
	}
	printCosigned(opened)
}

func newVerifier(key string) note.Verifier {
	verifier, err := cosignature.NewVerifier(key)
	if err != nil {
		exit(2, err)
	}
	return verifier
}

func addCosignature(opened *note.Note, key string) {
	signer, err := cosignature.NewSignerForCosignatureV1(key)
	if err != nil {
		exit(2, err)
	}
	signed, err := note.Sign(opened, signer)
	if err != nil {
		exit(1, err)
	}
	fmt.Print(string(signed))
}

// printCosigned leaves out the log's own signature, which stands first among
// the verified: the note was opened with the log's key.
func printCosigned(opened *note.Note) {
	all := []cosigned{}
	for _, signature := range opened.Sigs[1:] {
		when, err := cosignature.CoSigV1Timestamp(signature)
		if err != nil {
			exit(1, err)
		}
		all = append(all, cosigned{signature.Name, fmt.Sprintf("%08x", signature.Hash), when.Unix()})
	}
	line, err := json.Marshal(all)
	if err != nil {
		panic(err) // a slice of plain structs always marshals
	}
	fmt.Println(string(line))
}

func exit(code int, err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(code)
}
