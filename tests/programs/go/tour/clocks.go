// Time and goroutines: one thread that sleeps in poll_oneoff for whichever comes first.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

var epoch = time.Unix(0, 0)

func checkClocks([]string) {
	start := time.Now()
	if year := start.Year(); year < 2024 {
		fail("the year is %d", year)
	}
	const nap = 30 * time.Millisecond
	time.Sleep(nap)
	if slept := time.Since(start); slept < nap || slept > 100*nap {
		fail("slept %v, not %v", slept, nap)
	}
	// the later one is asked for first
	var order [2]int
	late, soon := time.After(2*nap), time.After(nap)
	for i := range order {
		select {
		case <-late:
			order[i] = 2
		case <-soon:
			order[i] = 1
		}
	}
	same("the order of two timers", order, [2]int{1, 2})
	if !time.Now().After(start) {
		fail("time does not advance")
	}
	fmt.Println("clocks: good")
}

// A hundred goroutines sleep, pass a token on and write files, at one time.
func checkGoroutines(args []string) {
	const count = 100
	const nap = 20 * time.Millisecond
	start := time.Now()
	var all sync.WaitGroup
	sum := make(chan int, count)
	for i := range count {
		all.Go(func() {
			time.Sleep(nap)
			path := filepath.Join(args[0], fmt.Sprint("of-", i))
			must("write", os.WriteFile(path, []byte(path), 0o666))
			same("what was written", readAll(path), path)
			must("remove", os.Remove(path))
			sum <- i
		})
	}
	all.Wait()
	close(sum)
	total := 0
	for i := range sum {
		total += i
	}
	same("the sum over the goroutines", total, count*(count-1)/2)
	if took := time.Since(start); took > count*nap {
		fail("%d sleeps of %v took %v: one after the other", count, nap, took)
	}
	fmt.Println("goroutines: good")
}
