// counter counts visits and keeps the count in a file.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

func main() {
	dir := os.Getenv("DATA_DIR")
	if dir == "" {
		dir = "data"
	}
	file := filepath.Join(dir, "visits.txt")
	var mu sync.Mutex

	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		old, _ := os.ReadFile(file)
		n, _ := strconv.Atoi(strings.TrimSpace(string(old)))
		n++
		if err := os.WriteFile(file, []byte(strconv.Itoa(n)+"\n"), 0o644); err != nil {
			log.Print(err)
			http.Error(w, "cannot save the count", http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(w, "visit number %d\n", n)
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
