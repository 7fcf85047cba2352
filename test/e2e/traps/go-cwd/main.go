package main

import "os"

func main() {
	path := "report.txt"
	if dir := os.Getenv("REPORT_DIR"); dir != "" {
		path = dir + "/" + path
	}
	file, err := os.Create(path)
	if err != nil {
		println(err.Error())
		os.Exit(1)
	}
	file.WriteString("all well\n")
	os.Stdout.WriteString("wrote " + path + "\n")
}
