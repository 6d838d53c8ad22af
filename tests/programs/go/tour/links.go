// Links, and the borders of what the guest was given.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

func checkLinks(args []string) {
	folder := args[0]
	file := filepath.Join(folder, "file")
	must("write", os.WriteFile(file, []byte("text"), 0o666))
	must("mkdir", os.Mkdir(filepath.Join(folder, "sub"), 0o777))

	soft := filepath.Join(folder, "sub", "soft")
	must("symlink", os.Symlink("../file", soft))
	target, err := os.Readlink(soft)
	must("readlink", err)
	same("readlink", target, "../file")
	same("read through the link", readAll(soft), "text")
	info, err := os.Lstat(soft)
	must("lstat", err)
	same("lstat sees a link", info.Mode().Type(), os.ModeSymlink)
	info, err = os.Stat(soft)
	must("stat", err)
	same("stat sees a file", info.Mode().IsRegular(), true)

	hard := filepath.Join(folder, "hard")
	must("link", os.Link(file, hard))
	a, err := os.Stat(file)
	must("stat", err)
	b, err := os.Stat(hard)
	must("stat", err)
	same("a hard link is the same file", os.SameFile(a, b), true)

	must("symlink to itself", os.Symlink("loop", filepath.Join(folder, "loop")))
	_, err = os.Stat(filepath.Join(folder, "loop"))
	same("a link to itself is LOOP", errors.Is(err, syscall.ELOOP), true)
	same("an absolute link is refused", os.Symlink("/etc/passwd", filepath.Join(folder, "abs")) != nil, true)
	fmt.Println("links: good")
}

// Every way out that the host's test prepared, as paths in the arguments, has to be shut.
func checkOutside(paths []string) {
	for _, path := range paths {
		_, err := os.ReadFile(path)
		var number syscall.Errno
		same(path+" is refused", errors.As(err, &number), true)
		fmt.Printf("%s: %d\n", path, int(number))
	}
}

func checkReadOnly(args []string) {
	folder := args[0]
	file := filepath.Join(folder, "file")
	same("reading is allowed", readAll(file), "text")
	attempts := map[string]error{
		"write":   os.WriteFile(file, nil, 0o666),
		"create":  os.WriteFile(filepath.Join(folder, "new"), nil, 0o666),
		"mkdir":   os.Mkdir(filepath.Join(folder, "dir"), 0o777),
		"remove":  os.Remove(file),
		"rename":  os.Rename(file, filepath.Join(folder, "moved")),
		"link":    os.Link(file, filepath.Join(folder, "hard")),
		"symlink": os.Symlink("file", filepath.Join(folder, "soft")),
		"chtimes": os.Chtimes(file, epoch, epoch),
	}
	for what, err := range attempts {
		same(what+" is refused", err != nil, true)
	}
	fmt.Println("read-only: good")
}
