// Command clock tells the hour at which the tide turns.
package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

// Set by the linker: see image.yaml.
var version = "none"

func main() {
	if len(os.Args) > 1 && os.Args[1] == "--version" {
		fmt.Printf("clock %s %s/%s\n", version, runtime.GOOS, runtime.GOARCH)
		return
	}
	tide := time.Date(2026, time.January, 31, 4, 26, 0, 0, time.UTC)
	for range 4 {
		fmt.Println(tide.Format("15:04"))
		tide = tide.Add(6*time.Hour + 12*time.Minute)
	}
}
