package main

import (
	"encoding/json"
	"flag"
	"log"
	"net/http"
	"os"
	"strings"
	"sync"
)

func main() {
	addr := flag.String("addr", ":8080", "address to listen on")
	file := flag.String("file", "flags.json", "where the flags are kept")
	flag.Parse()

	flags := map[string]bool{}
	data, err := os.ReadFile(*file)
	if err == nil {
		err = json.Unmarshal(data, &flags)
	}
	if err != nil {
		log.Fatal(err)
	}

	var mu sync.Mutex
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == http.MethodPut {
			flags[strings.Trim(r.URL.Path, "/")] = r.URL.Query().Get("on") == "true"
			out, _ := json.Marshal(flags)
			if err := os.WriteFile(*file, out, 0o644); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(flags)
	})
	log.Fatal(http.ListenAndServe(*addr, nil))
}
