package main

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
)

// sealedEntries returns entries of the shape and size of Nostra's own sealed
// entries, each unique.
func sealedEntries(count int) [][]byte {
	entries := make([][]byte, count)
	for i := range entries {
		entries[i] = fmt.Appendf(nil, `{"document":"%s","kind":"sealed","statement":"%s","tag":"%s","v":1}`,
			randomValue(), randomValue(), randomValue())
	}
	return entries
}

// randomValue is 32 random bytes as 43 base64url characters.
func randomValue() string {
	var value [32]byte
	rand.Read(value[:]) // never fails, says its documentation
	return base64.RawURLEncoding.EncodeToString(value[:])
}
