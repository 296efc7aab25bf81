// Kitex, as server and as client of interop.thrift and interop.proto.
//
//	kitex server              prints "listen NAME PORT TRANSPORT..." for each server and "ready"; ends when its input ends
//	kitex client ADDR TRANSPORT... makes all calls over each transport; prints "pass|fail|skip TRANSPORT CASE [WHY]"
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/cloudwego/kitex/pkg/klog"
)

func main() {
	klog.SetOutput(os.Stderr)
	klog.SetLevel(klog.LevelWarn)
	if os.Getenv("INTEROP_QUIET") != "" {
		klog.SetOutput(io.Discard)
	}
	switch {
	case len(os.Args) == 2 && os.Args[1] == "server":
		serve()
	case len(os.Args) > 3 && os.Args[1] == "client":
		os.Exit(call(os.Args[2], os.Args[3:]))
	default:
		fmt.Fprintln(os.Stderr, "usage: kitex server | kitex client ADDR TRANSPORT...")
		os.Exit(2)
	}
}
