// Files and folders: what is written is there, at the place and with the times that were asked for.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

func readAll(path string) string {
	text, err := os.ReadFile(path)
	must("read "+path, err)
	return string(text)
}

func checkFiles(args []string) {
	folder := args[0]
	path := filepath.Join(folder, "file")
	checkWriting(path)
	checkBigFile(filepath.Join(folder, "big"))
	checkFileTimes(path)

	other := filepath.Join(folder, "renamed")
	must("rename", os.Rename(path, other))
	_, err := os.Stat(path)
	same("stat of what was renamed is NOENT", errors.Is(err, fs.ErrNotExist), true)
	same("what was renamed", readAll(other), "HELLO world, and more\x00\x00\x00\x00")
	must("remove", os.Remove(other))
	same("removing it again is NOENT", errors.Is(os.Remove(other), fs.ErrNotExist), true)
	fmt.Println("files: good")
}

func checkWriting(path string) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	must("create", err)
	_, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	same("creating it again is EXIST", errors.Is(err, fs.ErrExist), true)
	_, err = file.WriteString("hello world")
	must("write", err)
	_, err = file.WriteAt([]byte("HELLO"), 0)
	must("write at 0", err)
	at, err := file.Seek(0, io.SeekCurrent)
	must("seek", err)
	same("position after a write at 0", at, 11)
	at, err = file.Seek(-5, io.SeekEnd)
	must("seek from the end", err)
	same("position 5 before the end", at, 6)
	rest, err := io.ReadAll(file)
	must("read to the end", err)
	same("the last five bytes", string(rest), "world")
	must("sync", file.Sync())
	must("close", file.Close())
	same("closing twice fails", errors.Is(file.Close(), fs.ErrClosed), true)

	file, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	must("open for appending", err)
	_, err = file.WriteString(", and more")
	must("append", err)
	same("size after truncate", truncated(file, 25), 25)
	must("close", file.Close())
}

func truncated(file *os.File, size int64) int64 {
	must("truncate", file.Truncate(size))
	info, err := file.Stat()
	must("stat", err)
	return info.Size()
}

// More than any buffer in between, and bytes that tell their place.
func checkBigFile(path string) {
	const size = 5<<20 + 3
	text := make([]byte, size)
	for i := range text {
		text[i] = byte(i * 7 >> 3)
	}
	must("write 5 MiB", os.WriteFile(path, text, 0o666))
	again, err := os.ReadFile(path)
	must("read 5 MiB", err)
	same("5 MiB are the same", bytes.Equal(text, again), true)
	file, err := os.Open(path)
	must("open", err)
	defer file.Close()
	tail := make([]byte, 8)
	n, err := file.ReadAt(tail, size-4)
	same("a read across the end is EOF", err, io.EOF)
	same("and has what is there", bytes.Equal(tail[:n], text[size-4:]), true)
	must("remove", os.Remove(path))
}

func checkFileTimes(path string) {
	when := time.Date(2001, 2, 3, 4, 5, 6, 123456789, time.UTC)
	must("chtimes", os.Chtimes(path, when, when))
	info, err := os.Stat(path)
	must("stat", err)
	same("modification time, in nanoseconds", info.ModTime().UnixNano(), when.UnixNano())
	same("a regular file", info.Mode().IsRegular(), true)
}

// More entries than any buffer holds, with names of many lengths.
func checkDirs(args []string) {
	const entries = 3000
	top := filepath.Join(args[0], "a")
	deep := filepath.Join(top, "b", "c")
	must("mkdir -p", os.MkdirAll(deep, 0o777))
	same("mkdir of what is there is EXIST", errors.Is(os.Mkdir(top, 0o777), fs.ErrExist), true)
	for i := range entries {
		must("create", os.WriteFile(filepath.Join(deep, entryName(i)), nil, 0o666))
	}
	list, err := os.ReadDir(deep)
	must("read folder", err)
	same("entries", len(list), entries)
	seen := map[string]bool{}
	for _, entry := range list {
		seen[entry.Name()] = true
		same("type of "+entry.Name(), entry.Type(), 0)
	}
	for i := range entries {
		same("the folder has "+entryName(i), seen[entryName(i)], true)
	}
	same("removing a full folder fails", os.Remove(deep) != nil, true)
	walked := 0
	must("walk", filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		walked++
		return err
	}))
	same("walked", walked, entries+3)
	must("remove all", os.RemoveAll(top))
	_, err = os.Stat(top)
	same("nothing is left", errors.Is(err, fs.ErrNotExist), true)
	fmt.Println("dirs: good")
}

func entryName(i int) string {
	return fmt.Sprintf("%0*d", 4+i%200, i)
}
