package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/cloudwego/kitex/pkg/kerrors"
	"github.com/cloudwego/kitex/pkg/transmeta"
	"github.com/cloudwego/kitex/server"

	"interop/kitex_gen/interop"
	interopservice "interop/kitex_gen/interop/interop"
	streamsservice "interop/kitex_gen/interop/streams"
	"interop/kitex_gen/pb"
	itemsservice "interop/kitex_gen/pb/items"
)

type interopHandler struct {
	notes atomic.Int64
	stop  func() error
}

func (h *interopHandler) Ping(context.Context) error { return nil }

func (h *interopHandler) Echo(_ context.Context, value *interop.Everything) (*interop.Everything, error) {
	return value, nil
}

func (h *interopHandler) Join(_ context.Context, first int64, second string, third []int32, fourth *interop.Point, fifth map[string]int64) (string, error) {
	if len(third) != 2 {
		return "", fmt.Errorf("%d numbers instead of 2", len(third))
	}
	return fmt.Sprintf("%d/%s/%d+%d/%d,%d/%d", first, second, third[0], third[1], fourth.X, fourth.Y, fifth["k"]), nil
}

func (h *interopHandler) Divide(_ context.Context, dividend, divisor int64) (int64, error) {
	if divisor == 0 {
		return 0, &interop.Refused{Code: 1, Reason: "division by zero", Hints: []string{"try 1"}}
	}
	return dividend / divisor, nil
}

func (h *interopHandler) Fail(_ context.Context, text string) (string, error) {
	return "", errors.New(text)
}

func (h *interopHandler) Note(context.Context, string) error {
	h.notes.Add(1)
	return nil
}

func (h *interopHandler) Notes(context.Context) (int64, error) { return h.notes.Load(), nil }

func (h *interopHandler) Business(_ context.Context, text string) (string, error) {
	return "", kerrors.NewBizStatusErrorWithExtra(1001, text, map[string]string{"key": "value"})
}

func (h *interopHandler) Meta(ctx context.Context, name string) (string, error) {
	metainfo.SendBackwardValue(ctx, "backward", "back to "+name)
	if value, ok := metainfo.GetPersistentValue(ctx, name); ok {
		return value, nil
	}
	value, _ := metainfo.GetValue(ctx, name)
	return value, nil
}

func (h *interopHandler) Wait(_ context.Context, milliseconds int32) (int32, error) {
	time.Sleep(time.Duration(milliseconds) * time.Millisecond)
	return milliseconds, nil
}

func (h *interopHandler) Stop(context.Context) error {
	go func() { _ = h.stop() }()
	return nil
}

type streamsHandler struct{}

func (*streamsHandler) Gather(ctx context.Context, stream interop.Streams_gatherServer) error {
	sum := &interop.Piece{}
	for {
		piece, err := stream.Recv(ctx)
		if err == io.EOF {
			return stream.SendAndClose(ctx, sum)
		}
		if err != nil {
			return err
		}
		sum.Number += piece.Number
		sum.Text += piece.Text
	}
}

func (*streamsHandler) Spread(ctx context.Context, req *interop.Piece, stream interop.Streams_spreadServer) error {
	if err := stream.SetHeader(map[string]string{"head": "first"}); err != nil {
		return err
	}
	if err := stream.SetTrailer(map[string]string{"tail": "last"}); err != nil {
		return err
	}
	for i := int32(0); i < req.Number; i++ {
		if err := stream.Send(ctx, &interop.Piece{Number: i, Text: req.Text}); err != nil {
			return err
		}
	}
	return nil
}

func (*streamsHandler) Converse(ctx context.Context, stream interop.Streams_converseServer) error {
	for {
		piece, err := stream.Recv(ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if piece.Text == "refuse" {
			return kerrors.NewBizStatusErrorWithExtra(1002, "refused", map[string]string{"key": "value"})
		}
		if piece.Text == "fail" {
			return errors.New("told to fail")
		}
		if err := stream.Send(ctx, &interop.Piece{Number: 2 * piece.Number, Text: piece.Text}); err != nil {
			return err
		}
	}
}

type itemsHandler struct{}

func (*itemsHandler) EchoItem(_ context.Context, item *pb.Item) (*pb.Item, error) { return item, nil }

func (*itemsHandler) FailItem(_ context.Context, item *pb.Item) (*pb.Item, error) {
	return nil, errors.New(item.Text)
}

func (*itemsHandler) RejectItem(_ context.Context, item *pb.Item) (*pb.Item, error) {
	return nil, kerrors.NewBizStatusErrorWithExtra(1001, item.Text, map[string]string{"key": "value"})
}

// The transports that a client may use with a server of this name.
var transports = map[string]string{
	"default": "unframed-binary framed-binary ttheader ttheader+meta ttheader-framed ttheader-framed+meta mux mux+meta" +
		" protobuf protobuf+meta streams streams+meta ttheader+meta+stop",
	"plain": "unframed-binary framed-binary ttheader ttheader-framed mux protobuf streams",
	"mux":   "ttheader+no-order ttheader+meta+no-order ttheader-framed+no-order mux mux+meta protobuf protobuf+meta mux+meta+stop",
}

func start(name string, options ...server.Option) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	options = append(options, server.WithListener(listener), server.WithEnableContextTimeout(true),
		server.WithExitWaitTime(2*time.Second), server.WithExitSignal(func() <-chan error { return nil }))
	s := server.NewServer(options...)
	for _, err := range []error{
		interopservice.RegisterService(s, &interopHandler{stop: s.Stop}),
		streamsservice.RegisterService(s, &streamsHandler{}),
		itemsservice.RegisterService(s, &itemsHandler{}),
	} {
		if err != nil {
			panic(err)
		}
	}
	go func() {
		if err := s.Run(); err != nil {
			fmt.Fprintln(os.Stderr, name, err)
		}
	}()
	fmt.Println("listen", name, port, transports[name])
}

func serve() {
	handler := server.WithMetaHandler(transmeta.ServerTTHeaderHandler)
	start("default", handler)
	start("plain")
	start("mux", handler, server.WithMuxTransport())
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
}
