// echo is a guest that serves two connections at a time on the listening socket that it was given as descriptor 3.
//
// It upper-cases what it reads, ends a connection when its client has ended, and ends itself after COUNT connections.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	count, err := strconv.Atoi(os.Args[1])
	check(err)
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	check(err)
	ticks := startTicking()
	var all sync.WaitGroup
	for range count {
		connection, err := listener.Accept()
		check(err)
		all.Go(func() { serve(connection) })
	}
	all.Wait()
	if ticks.Load() == 0 {
		check(fmt.Errorf("no timer ran while the guest waited for sockets"))
	}
	fmt.Println("served", count)
}

// startTicking counts in the background: a socket that blocked the whole guest would stop it.
func startTicking() *atomic.Int64 {
	ticks := new(atomic.Int64)
	go func() {
		for {
			time.Sleep(5 * time.Millisecond)
			ticks.Add(1)
		}
	}()
	return ticks
}

func serve(connection net.Conn) {
	defer connection.Close()
	buffer := make([]byte, 4096)
	for {
		n, err := connection.Read(buffer)
		if n > 0 {
			_, err = connection.Write(bytes.ToUpper(buffer[:n]))
			check(err)
		}
		if err != nil { // the client has ended
			return
		}
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
}
