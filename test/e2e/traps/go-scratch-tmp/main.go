package main

import (
	"fmt"
	"os"
)

func main() {
	if err := sort(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func sort() error {
	if err := os.MkdirAll(os.TempDir(), 0o777); err != nil {
		return err
	}
	run, err := os.CreateTemp("", "run-")
	if err != nil {
		return err
	}
	defer os.Remove(run.Name())
	if _, err := run.WriteString("b\na\n"); err != nil {
		return err
	}
	fmt.Println("sorted on disk")
	return nil
}
