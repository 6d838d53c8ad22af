// tour is a guest that walks through what a Go program asks of its WASI host; each part checks what it is told.
//
// Usage: tour PART [argument...]. A part that finds a wrong answer says so and exits 1.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
package main

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// parts are what the first argument may name.
var parts = map[string]func(args []string){
	"args":       printArgs,
	"env":        printEnv,
	"exit":       exitWith,
	"panic":      func([]string) { panic("the guest gave up") },
	"copy":       copyUpper,
	"random":     checkRandom,
	"files":      checkFiles,
	"dirs":       checkDirs,
	"links":      checkLinks,
	"outside":    checkOutside,
	"read-only":  checkReadOnly,
	"clocks":     checkClocks,
	"goroutines": checkGoroutines,
}

func main() {
	if len(os.Args) < 2 || parts[os.Args[1]] == nil {
		fail("usage: tour PART [argument...]")
	}
	parts[os.Args[1]](os.Args[2:])
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "tour: "+format+"\n", values...)
	os.Exit(1)
}

// must ends the program where an operation that has to succeed did not.
func must(what string, err error) {
	if err != nil {
		fail("%s: %v", what, err)
	}
}

// same ends the program where an answer is not the expected one.
func same[T comparable](what string, got, want T) {
	if got != want {
		fail("%s: got %v, want %v", what, got, want)
	}
}

func printArgs(args []string) {
	fmt.Printf("%d %q\n", len(args), args)
}

func printEnv(names []string) {
	for _, name := range names {
		value, set := os.LookupEnv(name)
		fmt.Printf("%s=%q %v\n", name, value, set)
	}
	fmt.Println(len(os.Environ()))
}

func exitWith(args []string) {
	code, err := strconv.Atoi(args[0])
	must("exit code", err)
	os.Exit(code)
}

func copyUpper([]string) {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	text, err := io.ReadAll(os.Stdin)
	must("read stdin", err)
	out.WriteString(strings.ToUpper(string(text)))
}

func checkRandom([]string) {
	const size = 1 << 20
	bytes := make([]byte, size)
	_, err := rand.Read(bytes)
	must("rand.Read", err)
	var counts [256]int
	for _, b := range bytes {
		counts[b]++
	}
	// 4096 of each are expected; the deviation is 64, so ten of them do not happen
	for value, count := range counts {
		if count < 4096-640 || count > 4096+640 {
			fail("byte %d came %d times in %d", value, count, size)
		}
	}
	fmt.Println("random: good")
}
