// web is a guest that serves HTTP on the listening socket that it was given as descriptor 3, which must not block.
//
// /ticks says how often a timer ran, /slow waits half a second, /echo gives back what was sent, /end ends the server.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

func main() {
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	check(err)
	var ticks, served atomic.Int64
	go func() {
		for range time.Tick(5 * time.Millisecond) {
			ticks.Add(1)
		}
	}()
	var server http.Server
	http.HandleFunc("/ticks", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, ticks.Load())
	})
	http.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(500 * time.Millisecond)
		served.Add(1)
		fmt.Fprintln(w, "slow", r.URL.Query().Get("n"))
	})
	http.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		body, err := io.ReadAll(r.Body)
		if err != nil { // the client has left
			return
		}
		w.Write(body)
	})
	http.HandleFunc("/end", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "served", served.Load())
		go func() { check(server.Shutdown(context.Background())) }()
	})
	if err := server.Serve(listener); err != http.ErrServerClosed {
		check(err)
	}
	fmt.Println("served", served.Load())
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "web:", err)
		os.Exit(1)
	}
}
