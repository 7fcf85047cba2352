package main

import "os"

func main() {
	err := os.MkdirAll(os.TempDir(), 0o777)
	if err == nil {
		_, err = os.CreateTemp("", "work")
	}
	if err != nil {
		println(err.Error())
		os.Exit(1)
	}
	os.Stdout.WriteString("temporary file made\n")
}
