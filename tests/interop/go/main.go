// Apache Thrift's Go library, as server and as client of interop.thrift.
//
//	go-thrift server                   prints "listen NAME PORT TRANSPORT..." for each server and "ready"; ends when its input ends
//	go-thrift client ADDR TRANSPORT... makes all calls over each transport; prints "pass|fail|skip TRANSPORT CASE [WHY]"
//
// A transport is unframed, framed or theader, then binary, compact or json: framed-compact. Behind it there may be
// "+zlib" (theader) or "+multiplexed".
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"github.com/apache/thrift/lib/go/thrift"

	"interop/gen-go/interop"
)

var protocols = map[string]thrift.TProtocolFactory{
	"binary":  thrift.NewTBinaryProtocolFactoryConf(nil),
	"compact": thrift.NewTCompactProtocolFactoryConf(nil),
	"json":    thrift.NewTJSONProtocolFactory(),
}

type handler struct{ notes atomic.Int64 }

func (h *handler) Ping(context.Context) error { return nil }

func (h *handler) Echo(_ context.Context, value *interop.Everything) (*interop.Everything, error) {
	return value, nil
}

func (h *handler) Join(_ context.Context, first int64, second string, third []int32, fourth *interop.Point, fifth map[string]int64) (string, error) {
	if len(third) != 2 {
		return "", fmt.Errorf("%d numbers instead of 2", len(third))
	}
	return fmt.Sprintf("%d/%s/%d+%d/%d,%d/%d", first, second, third[0], third[1], fourth.X, fourth.Y, fifth["k"]), nil
}

func (h *handler) Divide(_ context.Context, dividend, divisor int64) (int64, error) {
	if divisor == 0 {
		return 0, &interop.Refused{Code: 1, Reason: "division by zero", Hints: []string{"try 1"}}
	}
	return dividend / divisor, nil
}

func (h *handler) Fail(_ context.Context, text string) (string, error) { return "", errors.New(text) }

func (h *handler) Note(context.Context, string) error {
	h.notes.Add(1)
	return nil
}

func (h *handler) Notes(context.Context) (int64, error) { return h.notes.Load(), nil }

func (h *handler) Business(_ context.Context, text string) (string, error) { return text, nil }

func (h *handler) Meta(ctx context.Context, name string) (string, error) {
	if helper, ok := thrift.GetResponseHelper(ctx); ok {
		helper.SetHeader("backward", "back to "+name)
	}
	value, _ := thrift.GetHeader(ctx, name)
	return value, nil
}

func (h *handler) Wait(_ context.Context, milliseconds int32) (int32, error) {
	time.Sleep(time.Duration(milliseconds) * time.Millisecond)
	return milliseconds, nil
}

func (h *handler) Stop(context.Context) error { return nil }

func start(transport, protocol, rows string) {
	socket, err := thrift.NewTServerSocket("127.0.0.1:0")
	if err == nil {
		err = socket.Listen()
	}
	if err != nil {
		panic(err)
	}
	processor := thrift.NewTMultiplexedProcessor()
	processor.RegisterDefault(interop.NewInteropProcessor(&handler{}))
	processor.RegisterProcessor("Interop", interop.NewInteropProcessor(&handler{}))
	var transports thrift.TTransportFactory
	factory := protocols[protocol]
	switch transport {
	case "unframed":
		transports = thrift.NewTBufferedTransportFactory(8192)
	case "framed":
		transports = thrift.NewTFramedTransportFactoryConf(thrift.NewTTransportFactory(), nil)
	case "theader":
		transports = thrift.NewTHeaderTransportFactoryConf(nil, nil)
		factory = thrift.NewTHeaderProtocolFactoryConf(nil)
	}
	name := strings.TrimSuffix(transport+"-"+protocol, "-")
	server := thrift.NewTSimpleServer4(processor, socket, transports, factory)
	go func() {
		if err := server.Serve(); err != nil {
			fmt.Fprintln(os.Stderr, name, err)
		}
	}()
	fmt.Println("listen", name, socket.Addr().(*net.TCPAddr).Port, rows)
}

// What is wrong with a value that should be another.
func equal(got, want any) error {
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("%.200v instead of %.200v", got, want)
	}
	return nil
}

func first(problems ...error) error {
	for _, err := range problems {
		if err != nil {
			return err
		}
	}
	return nil
}

func remoteError(err error, code int32, text string) error {
	var exception thrift.TApplicationException
	if !errors.As(err, &exception) {
		return fmt.Errorf("no exception of the peer but %v", err)
	}
	if exception.TypeId() != code || !strings.Contains(exception.Error(), text) {
		return fmt.Errorf("exception %d %q instead of %d %q", exception.TypeId(), exception.Error(), code, text)
	}
	return nil
}

func sample() *interop.Everything {
	end := "end"
	return &interop.Everything{
		Flag: true, Tiny: -8, Small: -1600, Medium: 320000, Large: -6400000000, Ratio: 0.1,
		Text: "h\u00e9llo \u2603 \"q\"", Blob: []byte{0, 1, 0xfe, 0xff}, Color: interop.Color_GREEN,
		Point:  &interop.Point{X: 3, Y: -4, Label: &end},
		Points: []*interop.Point{{X: 1, Y: 2}, {X: 5, Y: 6, Label: &end}},
		Counts: map[string]int64{"one": 1}, Numbers: []int32{7}, Flags: []bool{true, false, true},
		Nested: map[int32][]*interop.Point{2: {{X: 9, Y: 9}}},
	}
}

type row struct {
	name     string
	failures int
}

func (r *row) check(name string, err error) {
	if err != nil {
		r.failures++
		fmt.Println("fail", r.name, name, strings.ReplaceAll(err.Error(), "\n", " "))
		return
	}
	fmt.Println("pass", r.name, name)
}

func (r *row) call(address string) {
	kind, multiplexed := strings.CutSuffix(r.name, "+multiplexed")
	kind, zlib := strings.CutSuffix(kind, "+zlib")
	transportName, protocolName, _ := strings.Cut(kind, "-")
	configuration := &thrift.TConfiguration{ConnectTimeout: 5 * time.Second, SocketTimeout: 5 * time.Second}
	socket := thrift.NewTSocketConf(address, configuration)
	var transport thrift.TTransport
	factory := protocols[protocolName]
	switch transportName {
	case "unframed":
		transport = thrift.NewTBufferedTransport(socket, 8192)
	case "framed":
		transport = thrift.NewTFramedTransportConf(socket, configuration)
	case "theader":
		id := thrift.THeaderProtocolBinary
		if protocolName == "compact" {
			id = thrift.THeaderProtocolCompact
		}
		configuration.THeaderProtocolID = &id
		if zlib {
			configuration.THeaderTransforms = []thrift.THeaderTransformID{thrift.TransformZlib}
		}
		transport = socket
		factory = thrift.NewTHeaderProtocolFactoryConf(configuration)
	}
	if err := socket.Open(); err != nil {
		r.check("connect", err)
		return
	}
	defer socket.Close()
	protocol := factory.GetProtocol(transport)
	in, out := protocol, protocol
	if multiplexed {
		out = thrift.NewTMultiplexedProtocol(protocol, "Interop")
	}
	client := thrift.NewTStandardClient(in, out)
	c := interop.NewInteropClient(client)
	ctx := context.Background()

	if err := c.Ping(ctx); err != nil {
		r.check("ping", err)
		return
	}
	r.check("ping", nil)
	echo, err := c.Echo(ctx, sample())
	r.check("echo", first(err, equal(echo, sample())))
	large := sample()
	large.Text = strings.Repeat("x", 300000)
	echo, err = c.Echo(ctx, large)
	r.check("large", first(err, equal(echo, large)))
	text, err := c.Join(ctx, -5, "two", []int32{3, 4}, &interop.Point{X: 6, Y: 7}, map[string]int64{"k": 8})
	r.check("join", first(err, equal(text, "-5/two/3+4/6,7/8")))
	number, err := c.Divide(ctx, 7, 2)
	r.check("divide", first(err, equal(number, int64(3))))
	_, err = c.Divide(ctx, 1, 0)
	refused := &interop.Refused{}
	if !errors.As(err, &refused) {
		err = fmt.Errorf("no Refused but %v", err)
	} else {
		err = equal(refused, &interop.Refused{Code: 1, Reason: "division by zero", Hints: []string{"try 1"}})
	}
	r.check("exception", err)
	_, err = c.Fail(ctx, "told to fail")
	if problem := remoteError(err, thrift.INTERNAL_ERROR, ""); problem != nil { // or 0 with the handler's text
		err = remoteError(err, thrift.UNKNOWN_APPLICATION_EXCEPTION, "told to fail")
	} else {
		err = nil
	}
	r.check("error", err)
	before, err := c.Notes(ctx)
	err = first(err, c.Note(ctx, "a"), c.Note(ctx, "b"))
	number, last := c.Notes(ctx)
	r.check("oneway", first(err, last, equal(number, before+2)))
	waited, err := c.Wait(ctx, 1)
	r.check("wait", first(err, equal(waited, int32(1))))
	if header, ok := protocol.(*thrift.THeaderProtocol); ok {
		with := thrift.SetWriteHeaderList(thrift.SetHeader(ctx, "LASTING", "stays"), []string{"LASTING"})
		text, err = c.Meta(with, "LASTING")
		r.check("metainfo", first(err, equal(text, "stays"), equal(header.GetReadHeaders()["backward"], "back to LASTING")))
	}
	_, err = interop.NewNextClient(client).Unheard(ctx, "x")
	r.check("unknown", remoteError(err, thrift.UNKNOWN_METHOD, ""))
	r.check("after", c.Ping(ctx))
}

func main() {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "server":
		for _, transport := range []string{"unframed", "framed"} {
			for _, protocol := range []string{"binary", "compact", "json"} {
				name := transport + "-" + protocol
				start(transport, protocol, name+" "+name+"+multiplexed")
			}
		}
		start("theader", "", "theader-binary theader-compact theader-binary+zlib theader-compact+zlib"+
			" unframed-binary unframed-compact framed-binary framed-compact")
		fmt.Println("ready")
		_, _ = io.Copy(io.Discard, os.Stdin)
	case len(os.Args) > 3 && os.Args[1] == "client":
		failures := 0
		for _, name := range os.Args[3:] {
			r := &row{name: name}
			r.call(os.Args[2])
			failures += r.failures
		}
		if failures > 0 {
			os.Exit(1)
		}
	default:
		fmt.Fprintln(os.Stderr, "usage: go-thrift server | go-thrift client ADDR TRANSPORT...")
		os.Exit(2)
	}
}
