package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/pkg/connpool"
	"github.com/cloudwego/kitex/pkg/kerrors"
	"github.com/cloudwego/kitex/pkg/remote"
	"github.com/cloudwego/kitex/pkg/transmeta"
	"github.com/cloudwego/kitex/transport"

	"interop/kitex_gen/interop"
	interopservice "interop/kitex_gen/interop/interop"
	nextservice "interop/kitex_gen/interop/next"
	streamsservice "interop/kitex_gen/interop/streams"
	"interop/kitex_gen/pb"
	itemsservice "interop/kitex_gen/pb/items"
)

// A transport by name, such as "ttheader"; with "+meta" behind it the meta handlers of TTHeader are used,
// with "+stop" behind that the server is stopped.
type row struct {
	name     string
	ttheader bool
	meta     bool
	options  []client.Option
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

func (r *row) skip(name, why string) { fmt.Println("skip", r.name, name, why) }

func pure(protocol transport.Protocol) []client.Option {
	options := []client.Option{client.WithTransportProtocol(transport.PurePayload)}
	if protocol != transport.PurePayload {
		options = append(options, client.WithTransportProtocol(protocol))
	}
	return options
}

func newRow(name, address string) *row {
	r := &row{name: name}
	kind, meta := strings.CutSuffix(strings.TrimSuffix(name, "+stop"), "+meta")
	r.meta = meta
	switch kind {
	case "unframed-binary":
		r.options = pure(transport.PurePayload)
	case "framed-binary":
		r.options = pure(transport.Framed)
	case "ttheader":
		r.options = pure(transport.TTHeader)
	case "ttheader-framed":
		r.options = pure(transport.TTHeaderFramed)
	case "mux":
		r.options = append(pure(transport.PurePayload), client.WithMuxConnection(1))
	case "protobuf", "streams":
	default:
		panic("no such transport: " + name)
	}
	r.ttheader = !strings.HasSuffix(kind, "framed-binary")
	if r.meta {
		r.options = append(r.options, client.WithMetaHandler(transmeta.ClientTTHeaderHandler))
	}
	if kind != "mux" {
		r.options = append(r.options, client.WithLongConnection(connpool.IdleConfig{MaxIdlePerAddress: 2, MaxIdleGlobal: 2, MaxIdleTimeout: time.Minute}))
	}
	r.options = append(r.options, client.WithHostPorts(address), client.WithRPCTimeout(5*time.Second))
	return r
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

// What is wrong with an error that should be the peer's exception with this code and, if there is one, text.
func remoteError(err error, code int32, text string) error {
	var transError *remote.TransError
	if !errors.As(err, &transError) {
		return fmt.Errorf("no exception of the peer but %v", err)
	}
	if transError.TypeID() != code || !strings.Contains(transError.Error(), text) {
		return fmt.Errorf("exception %d %q instead of %d %q", transError.TypeID(), transError.Error(), code, text)
	}
	return nil
}

func businessError(err error, code int32, text string) error {
	status, ok := kerrors.FromBizStatusError(err)
	if !ok {
		return fmt.Errorf("no business error but %v", err)
	}
	return first(equal(status.BizStatusCode(), code), equal(status.BizMessage(), text),
		equal(status.BizExtra(), map[string]string{"key": "value"}))
}

func (r *row) thrift() {
	ctx := context.Background()
	c, err := interopservice.NewClient("Interop", r.options...)
	if err != nil {
		r.check("client", err)
		return
	}
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
	r.check("error", remoteError(err, 6, "told to fail"))
	err = first(c.Note(ctx, "a"), c.Note(ctx, "b"))
	for i := 0; err == nil; i++ { // two pooled connections: the notes may be on their way
		if number, err = c.Notes(ctx); number >= 2 || i == 100 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err == nil && number < 2 {
		err = fmt.Errorf("%d notes", number)
	}
	r.check("oneway", err)
	_, err = c.Business(ctx, "no business")
	if r.meta {
		r.check("business", businessError(err, 1001, "no business"))
	} else {
		r.skip("business", "the header of a business error is read by the meta handlers")
	}
	waited, err := c.Wait(ctx, 1)
	r.check("wait", first(err, equal(waited, int32(1))))
	if r.ttheader {
		forth := metainfo.WithValue(metainfo.WithPersistentValue(ctx, "LASTING", "stays"), "PASSING", "goes")
		back := metainfo.WithBackwardValues(forth)
		text, err = c.Meta(back, "LASTING")
		value, _ := metainfo.RecvBackwardValue(back, "backward")
		r.check("metainfo", first(err, equal(text, "stays"), equal(value, "back to LASTING")))
		text, err = c.Meta(forth, "PASSING")
		r.check("transient", first(err, equal(text, "goes")))
	} else {
		r.skip("metainfo", "without a header")
	}
	r.inFlight(c)
	r.unknown(ctx)
}

// The server stops gracefully: it answers what is in flight, and takes no connection then.
func (r *row) stop() {
	ctx := context.Background()
	c, err := interopservice.NewClient("Interop", r.options...)
	if err != nil {
		r.check("client", err)
		return
	}
	r.check("before", c.Ping(ctx))
	done := make(chan error)
	go func() {
		waited, err := c.Wait(ctx, 400)
		done <- first(err, equal(waited, int32(400)))
	}()
	time.Sleep(100 * time.Millisecond)
	r.check("stop", c.Stop(ctx))
	err = <-done
	if strings.HasPrefix(r.name, "mux") && err != nil && strings.HasSuffix(err.Error(), "conn closed") {
		r.skip("in-flight", "Kitex 0.16.3 panics when it reads a control frame, and drops the connection: "+err.Error())
	} else {
		r.check("in-flight", err)
	}
	for i := 0; i < 100; i++ {
		if err = c.Ping(ctx); err != nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err == nil {
		err = errors.New("the server has not stopped after five seconds")
	} else {
		err = nil
	}
	r.check("after", err)
}

// Many calls at a time; over a multiplexed connection the short ones overtake the long one.
func (r *row) inFlight(c interopservice.Client) {
	var group sync.WaitGroup
	problems := make([]error, 40)
	for i := range problems {
		group.Add(1)
		go func() {
			defer group.Done()
			waited, err := c.Wait(context.Background(), int32(80-2*i))
			problems[i] = first(err, equal(waited, int32(80-2*i)))
		}()
	}
	group.Wait()
	r.check("in-flight", first(problems...))
}

func (r *row) unknown(ctx context.Context) {
	next, err := nextservice.NewClient("Next", r.options...)
	if err == nil {
		_, err = next.Unheard(ctx, "x")
	}
	// With several services, and without the service's name in a header, no service has the method.
	if other := remoteError(err, 20, ""); other != nil {
		err = remoteError(err, 1, "")
	} else {
		err = nil
	}
	r.check("unknown", err)
}

func (r *row) protobuf() {
	ctx := context.Background()
	c, err := itemsservice.NewClient("Items", r.options...)
	if err != nil {
		r.check("client", err)
		return
	}
	item := &pb.Item{Number: 150, Text: "h\u00e9llo", Values: []int64{1, -2, 1 << 40}, Parts: map[string]*pb.Item{"a": {Number: -1}}}
	echo, err := c.EchoItem(ctx, item)
	r.check("echo", first(err, equal(echo, item)))
	large := &pb.Item{Text: strings.Repeat("x", 300000)}
	echo, err = c.EchoItem(ctx, large)
	r.check("large", first(err, equal(echo, large)))
	_, err = c.FailItem(ctx, &pb.Item{Text: "told to fail"})
	r.check("error", remoteError(err, 6, "told to fail"))
	_, err = c.RejectItem(ctx, &pb.Item{Text: "no business"})
	if r.meta {
		r.check("business", businessError(err, 1001, "no business"))
	} else {
		r.skip("business", "the header of a business error is read by the meta handlers")
	}
}

func piece(number int32, text string) *interop.Piece {
	return &interop.Piece{Number: number, Text: text}
}

func (r *row) streams() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := streamsservice.NewClient("Streams", r.options...)
	if err != nil {
		r.check("client", err)
		return
	}
	r.check("gather", func() error {
		stream, err := c.Gather(ctx)
		if err != nil {
			return err
		}
		for i := int32(1); i <= 3; i++ {
			if err := stream.Send(ctx, piece(i, "t")); err != nil {
				return err
			}
		}
		sum, err := stream.CloseAndRecv(ctx)
		return first(err, equal(sum, piece(6, "ttt")))
	}())
	r.check("spread", func() error {
		stream, err := c.Spread(ctx, piece(3, "t"))
		if err != nil {
			return err
		}
		header, err := stream.Header()
		if err := first(err, equal(header["head"], "first")); err != nil {
			return err
		}
		for i := int32(0); i < 3; i++ {
			got, err := stream.Recv(ctx)
			if err := first(err, equal(got, piece(i, "t"))); err != nil {
				return err
			}
		}
		if _, err := stream.Recv(ctx); err != io.EOF {
			return fmt.Errorf("no end but %v", err)
		}
		trailer, err := stream.Trailer()
		return first(err, equal(trailer["tail"], "last"))
	}())
	converse := func(end string) error {
		stream, err := c.Converse(ctx)
		if err != nil {
			return err
		}
		for i := int32(0); i < 3; i++ {
			if err := stream.Send(ctx, piece(i, "t")); err != nil {
				return err
			}
			got, err := stream.Recv(ctx)
			if err := first(err, equal(got, piece(2*i, "t"))); err != nil {
				return err
			}
		}
		if end != "" {
			if err := stream.Send(ctx, piece(0, end)); err != nil {
				return err
			}
		} else if err := stream.CloseSend(ctx); err != nil {
			return err
		}
		_, err = stream.Recv(ctx)
		return err
	}
	end := converse("")
	if end == io.EOF {
		end = nil
	}
	r.check("converse", end)
	r.check("business", businessError(converse("refuse"), 1002, "refused"))
	failed := converse("fail")
	if failed == nil || failed == io.EOF || !strings.Contains(failed.Error(), "told to fail") {
		failed = fmt.Errorf("no exception of the peer but %v", failed)
	} else {
		failed = nil
	}
	r.check("error", failed)
	r.check("cancel", func() error {
		inner, cancel := context.WithCancel(ctx)
		defer cancel()
		stream, err := c.Converse(inner)
		if err != nil {
			return err
		}
		if err := stream.Send(inner, piece(1, "t")); err != nil {
			return err
		}
		if _, err := stream.Recv(inner); err != nil {
			return err
		}
		cancel()
		if _, err := stream.Recv(inner); err == nil || err == io.EOF {
			return fmt.Errorf("the cancelled stream says %v", err)
		}
		return nil
	}())
	r.check("many", func() error {
		var group sync.WaitGroup
		problems := make([]error, 20)
		for i := range problems {
			group.Add(1)
			go func() {
				defer group.Done()
				if err := converse(""); err != io.EOF {
					problems[i] = fmt.Errorf("stream %d: %v", i, err)
				}
			}()
		}
		group.Wait()
		return first(problems...)
	}())
}

func call(address string, names []string) int {
	failures := 0
	for _, name := range names {
		r := newRow(name, address)
		switch {
		case strings.HasSuffix(name, "+stop"):
			r.stop()
		case strings.HasPrefix(name, "protobuf"):
			r.protobuf()
		case strings.HasPrefix(name, "streams"):
			r.streams()
		default:
			r.thrift()
		}
		failures += r.failures
	}
	if failures > 0 {
		return 1
	}
	return 0
}
