package main

import (
	"fmt"
	"log"
	"net/http"
	"strings"
	"sync"
)

var (
	mu    sync.Mutex
	links = map[string]string{"go": "https://go.dev/"}
)

func handle(w http.ResponseWriter, r *http.Request) {
	mu.Lock()
	defer mu.Unlock()
	key := strings.Trim(r.URL.Path, "/")
	if r.Method == http.MethodPut {
		links[key] = r.URL.Query().Get("to")
		w.WriteHeader(http.StatusCreated)
		return
	}
	if key == "" {
		fmt.Fprintf(w, "%d links\n", len(links))
		return
	}
	if to, ok := links[key]; ok {
		http.Redirect(w, r, to, http.StatusFound)
		return
	}
	http.NotFound(w, r)
}

func main() {
	http.HandleFunc("/", handle)
	log.Println("listening on :8080")
	log.Fatal(http.ListenAndServe(":8080", nil))
}
