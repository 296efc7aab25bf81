// frame, call and serve as a user starts them: captured frames layer by layer, calls on loopback in
// every transport and protocol, and peers that do not do what is expected of them.
#include "tests/support/cli_support.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace wirejit::test {
namespace {

// A server of `wirejit serve`, which the destructor ends.
class Served {
 public:
  explicit Served(const std::vector<std::string>& arguments) {
    int out[2];
    if (pipe(out) != 0) {
      return;
    }
    pid_ = fork();
    if (pid_ == 0) {
      (void)dup2(out[1], STDOUT_FILENO);
      (void)close(out[0]);
      (void)close(out[1]);
      std::vector<char*> words{const_cast<char*>(WIREJIT_TOOL), const_cast<char*>("serve")};
      for (const std::string& argument : arguments) {
        words.push_back(const_cast<char*>(argument.c_str()));
      }
      words.push_back(nullptr);
      (void)execv(words[0], words.data());
      _exit(127);
    }
    (void)close(out[1]);
    for (char c = 0; read(out[0], &c, 1) == 1 && c != '\n';) {
      address_ += c;
    }
    (void)close(out[0]);
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;
  ~Served() { (void)stop(); }

  [[nodiscard]] const std::string& address() const { return address_; }
  // Ends it as an init system does; its exit code, or -1 if a signal killed it.
  int stop(int signal = SIGTERM) {
    if (pid_ > 0) {
      (void)kill(pid_, signal);
      int status = 0;
      (void)waitpid(pid_, &status, 0);
      code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      pid_ = -1;
    }
    return code_;
  }

 private:
  pid_t pid_ = -1;
  std::string address_;
  int code_ = -1;
};

// A peer that takes one connection, says `answer`, and stays silent until the client has gone.
class Peer {
 public:
  explicit Peer(std::string answer, bool accepts = true) : answer_(std::move(answer)) {
    fd_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof own;
    (void)bind(fd_, reinterpret_cast<const sockaddr*>(&own), size);
    (void)getsockname(fd_, reinterpret_cast<sockaddr*>(&own), &size);
    address_ = "127.0.0.1:" + std::to_string(ntohs(own.sin_port));
    if (accepts) {
      (void)listen(fd_, 4);
      thread_ = std::thread([this] { serve(); });
    }
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() {
    (void)shutdown(fd_, SHUT_RDWR);
    if (thread_.joinable()) {
      thread_.join();
    }
    (void)close(fd_);
  }
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  void serve() {
    const int client = accept(fd_, nullptr, nullptr);
    char piece[4096];
    if (client >= 0 && read(client, piece, sizeof piece) > 0) {
      (void)!write(client, answer_.data(), answer_.size());
      while (read(client, piece, sizeof piece) > 0) {
      }
    }
    (void)close(client);
  }

  std::string answer_;
  int fd_ = -1;
  std::string address_;
  std::thread thread_;
};

std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return out;
}

// RPC.md 9, made by CloudWeGo's and Apache's own libraries.
struct Golden {
  const char* hex;
  std::vector<const char*> lines;
};

std::string number(std::size_t n) {
  return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8),
          static_cast<char>(n)};
}
std::string framed(const std::string& payload) { return number(payload.size()) + payload; }
// A message of Thrift Binary with number 7; type 1 is a call, 2 a reply, 3 an exception.
std::string binary(char type, const std::string& name, const std::string& body) {
  return std::string("\x80\x01\x00", 3) + type + number(name.size()) + name + number(7) + body;
}
const std::string end(1, '\0');
// A field of type string, and the head of one of type struct.
std::string text_field(char id, const std::string& text) {
  return std::string("\x0b\x00", 2) + id + number(text.size()) + text;
}
std::string struct_field(char id) { return std::string("\x0c\x00", 2) + id; }
const std::string golden_ping =
    "0000002b1000000000000007000400001000010009000470696e67000000"
    "800100010000000470696e670000000700";

class CliCalls : public Cli {
 protected:
  void SetUp() override {
    Cli::SetUp();
    save("calls.thrift", R"(
struct Line { 1: required string sku, 2: i32 quantity }
exception SoldOut { 1: string sku }
service Shop {
  Line buy(1: i32 count, 2: Line line) throws (1: SoldOut sold_out),
  void check(1: string text),
  void ping(),
  oneway void seen(1: string sku),
  Line watch(1: Line line) (streaming.mode = "bidirectional"),
  Line total(1: Line line) (streaming.mode = "client"),
  Line list(1: Line line) (streaming.mode = "server"),
}
)");
  }
  [[nodiscard]] std::string idl() const { return " --idl " + path("calls.thrift") + " "; }
  [[nodiscard]] Ran frame(std::string_view hex, const std::string& more = "") const {
    return run("frame " + more, from_hex(hex));
  }
  [[nodiscard]] Ran call(const std::string& address, const std::string& method,
                         const std::string& data, const std::string& more = "") const {
    return run("call " + address + " " + method + " -d '" + data + "'" + idl() + more);
  }
  [[nodiscard]] std::vector<std::string> echo(const std::string& address = "127.0.0.1:0") const {
    return {address, "--idl", path("calls.thrift"), "--echo"};
  }
  [[nodiscard]] std::vector<std::string> replies(const std::string& text) const {
    save("replies.json", text);
    return {"127.0.0.1:0", "--idl", path("calls.thrift"), "--replies", path("replies.json")};
  }
};

testing::AssertionResult has_lines(const std::string& text, const std::vector<const char*>& lines) {
  std::size_t at = 0;
  for (const std::string line : lines) {
    const std::size_t found = text.find(line + "\n", at);
    if (found == std::string::npos) {
      return testing::AssertionFailure() << "no line '" << line << "' in\n" << text;
    }
    at = found + line.size();
  }
  return testing::AssertionSuccess();
}

TEST_F(CliCalls, GoldenFramesAreShownLayerByLayer) {
  const std::vector<Golden> rows{
      {.hex = "0000002b1000000000000007000400001000010009000470696e67000000"
              "800100010000000470696e670000000700",
       .lines = {"00000000  ttheader    length 43, magic 0x1000, flags 0x0000, sequence 7, "
                 "header 4 words (16 bytes)",
                 "0000000e  protocol    0", "0000000f  transforms  0",
                 "00000010  info 0x10   1 integer key",
                 "00000013                9 (to_method) = \"ping\"",
                 "0000001b  padding     3 bytes",
                 "0000001e  envelope    thrift_binary: call \"ping\", seqid 7",
                 "0000002e  body        1 byte", "            {}"}},
      {.hex = "0000002b100000010000000700040000010001000369736e000353766300"
              "800100010000000470696e670000000700",
       .lines = {"00000000  ttheader    length 43, magic 0x1000, flags 0x0001 out_of_order, "
                 "sequence 7, header 4 words (16 bytes)",
                 "00000010  info 0x01   1 pair", "00000013                \"isn\" = \"Svc\"",
                 "0000001d  padding     1 byte", "0000002e  body        1 byte"}},
      {.hex = "00000023100000000000000100020000110001740000"
              "800100010000000470696e670000000700",
       .lines = {"00000010  info 0x11   ACL token \"t\"", "00000014  padding     2 bytes",
                 "00000016  envelope    thrift_binary: call \"ping\", seqid 7"}},
      {.hex = "00000017100000020000000900031000100001001b000133000000",
       .lines = {"0000000e  protocol    16",
                 "00000013                27 (frame_type) = \"3\" (data)",
                 "0000001a  body        1 byte", "            {}"}},
      {.hex = "800100030000000178000000070b000100000010756e6b6e6f776e206d6574686f642078"
              "0800020000000100",
       .lines = {"00000000  envelope    thrift_binary: exception \"x\", seqid 7",
                 "0000000d  exception   code 1, \"unknown method x\""}},
      {.hex = "0000001f0fff000000000007000100000000800100010000000470696e670000000700",
       .lines = {"00000000  theader     length 31, magic 0x0fff, flags 0x0000, sequence 7, "
                 "header 1 word (4 bytes)",
                 "00000010  padding     2 bytes",
                 "00000012  envelope    thrift_binary: call \"ping\", seqid 7"}},
      {.hex = "0000001b0fff000000000007000202000101016b01768221070470696e6700",
       .lines = {"0000000e  protocol    2", "00000010  info 0x01   1 pair",
                 "00000012                \"k\" = \"v\"",
                 "00000016  envelope    thrift_compact: call \"ping\", seqid 7",
                 "0000001e  body        1 byte", "            {}"}},
      {.hex = "000000270fff000000000007000300000101016b017600000000"
              "800100010000000470696e670000000700",
       .lines = {"00000012                \"k\" = \"v\"", "00000016  padding     4 bytes",
                 "0000001a  envelope    thrift_binary: call \"ping\", seqid 7"}},
      {.hex = "ffaf0009000100016b00027676"  // a mesh header in front of it
              "00000011800100010000000470696e670000000700",
       .lines = {"00000000  mesh        size 9", "00000004  mesh        1 pair",
                 "00000006                \"k\" = \"vv\"", "0000000d  framed      length 17",
                 "00000011  envelope    thrift_binary: call \"ping\", seqid 7"}},
      {.hex = "5b312c2270696e67222c312c372c7b7d5d",  // [1,"ping",1,7,{}]
       .lines = {"00000000  envelope    thrift_json: call \"ping\", seqid 7",
                 "0000000e  body        3 bytes"}},
      {.hex = "000000129001000100000004"
              "4563686f000000010801",
       .lines = {"00000000  framed      length 18",
                 "00000004  envelope    kitex_protobuf: call \"Echo\", seqid 1",
                 "00000014  body        2 bytes"}},
  };
  for (const Golden& row : rows) {
    const Ran ran = frame(row.hex);
    EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
    EXPECT_TRUE(has_lines(ran.out, row.lines));
  }
}

TEST_F(CliCalls, CompressedPayloadsAreShownInflatedWhereZlibIsThere) {
  const Ran ran =
      frame("000000250fff000000000007000100010100789c6b6064606460606029c8cc4b07d2ec0c001589023c");
  EXPECT_TRUE(has_lines(ran.out, {"0000000f  transforms  1: 1"}));
  if (ran.code == 0) {
    EXPECT_TRUE(
        has_lines(ran.out, {"00000012  inflated    17 bytes; offsets count from its start",
                            "00000000  envelope    thrift_binary: call \"ping\", seqid 7"}));
  } else {
    EXPECT_NE(ran.out.find("zlib"), std::string::npos) << ran.out;
  }
}

TEST_F(CliCalls, BodiesAreJsonWhereThereIsASchema) {
  const std::string line = text_field(1, "A-1") + end;
  const std::string all = framed(binary(1, "check", text_field(1, "a") + end)) +
                          framed(binary(2, "buy", struct_field(0) + line + end)) +
                          framed(binary(2, "buy", struct_field(1) + line + end)) +
                          framed(binary(1, "sell", text_field(1, "a") + end)) +
                          binary(2, "ping", end);
  const Ran ran = run("frame" + idl(), all);
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_TRUE(has_lines(
      ran.out, {"message 1", "00000000  framed      length 26",
                "00000004  envelope    thrift_binary: call \"check\", seqid 7",
                R"(00000015  arguments   {"text":"a"})", "message 2",
                R"(00000031  result      {"success":{"sku":"A-1"}})", "message 3",
                R"(00000053  thrown      {"sold_out":{"sku":"A-1"}})", "message 4",
                R"(            {1: string "a"})", "message 5", "0000008f  result      {}"}));
  EXPECT_NE(ran.out.find("unknown_method"), std::string::npos) << ran.out;
  const Ran without = run("frame", all);
  EXPECT_TRUE(has_lines(
      without.out, {R"(            {1: string "a"})", R"(            {0: {1: string "A-1"}})"}));
}

TEST_F(CliCalls, StructsWithoutASchemaShowIdsAndTypes) {
  // bool, byte, double, i16, i32, i64, map, set, list.
  const std::string body = from_hex(
      "020001010300020104000340040000000000000600040005"
      "080005fffffffe0a00060000000000000007"
      "0d00070b0800000001000000016b000000050e00080200000001010f000906000000020001000200");
  const Ran ran = run("frame", binary(1, "f", body));
  EXPECT_TRUE(has_lines(
      ran.out, {R"(            {1: bool true, 2: byte 1, 3: double 2.500000, 4: i16 5, 5: i32 -2, )"
                R"(6: i64 7, 7: map<string, i32> {"k": 5}, 8: set<bool> [true], )"
                R"(9: list<i16> [1, 2]})"}));
  // The same fields in Compact, but the double: 1-2, 4-9.
  const Ran compact =
      run("frame", from_hex("82210701661113012404150316") + from_hex("0e1b0185016b0a"
                                                                     "1a11011924020400"));
  EXPECT_TRUE(has_lines(compact.out,
                        {R"(            {1: bool true, 2: byte 1, 4: i16 2, 5: i32 -2, 6: i64 7, )"
                         R"(7: map<string, i32> {"k": 5}, 8: set<bool> [true], )"
                         R"(9: list<i16> [1, 2]})"}));
}

TEST_F(CliCalls, FramesThatAreNotWholeShowWhatIsThere) {
  const std::string whole = from_hex(golden_ping);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const Ran ran = run("frame", whole.substr(0, size));
    EXPECT_EQ(ran.code, 1) << size;
    EXPECT_NE(ran.out.find("truncated"), std::string::npos) << size << ran.out;
    EXPECT_EQ(ran.out.find("sequence 7") != std::string::npos, size >= 14) << size << ran.out;
    EXPECT_EQ(ran.out.find("(to_method)") != std::string::npos, size >= 36) << size << ran.out;
  }
  EXPECT_EQ(run("frame", "").code, 0);
}

TEST_F(CliCalls, WrongFramesTellWhatIsWrongAndWhere) {
  struct Row {
    std::string bytes;
    std::vector<const char*> parts;
  };
  const std::vector<Row> rows{
      {.bytes = "GET / HTTP/1.1\r\n\r\n", .parts = {"00000000  error", "HTTP/1"}},
      {.bytes = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .parts = {"00000000  error", "HTTP/2"}},
      {.bytes = from_hex("16030100a5010000a10303"), .parts = {"00000000  error", "TLS"}},
      {.bytes = from_hex("fff4fffd06"), .parts = {"00000000  error"}},
      {.bytes = framed(binary(1, "f", end) + "xy"),
       .parts = {"envelope    thrift_binary: call \"f\"", "error"}},
      {.bytes = from_hex(
           "00000012100000000000000700020000ffff000000000000"),  // an info id that is unknown
       .parts = {"header 2 words", "error       bad_frame"}},
      {.bytes = from_hex("0000001210000000000000070002000001ffff0000000000"),
       .parts = {"header 2 words", "error"}},
      {.bytes = framed(binary(3, "f", from_hex("0b00017fffffff"))),
       .parts = {"exception \"f\"", "error"}},
      {.bytes = framed(binary(9, "f", end)), .parts = {"length", "error       invalid_type"}},
  };
  for (const Row& row : rows) {
    const Ran ran = run("frame", row.bytes);
    EXPECT_EQ(ran.code, 1) << ran.out;
    for (const char* part : row.parts) {
      EXPECT_NE(ran.out.find(part), std::string::npos) << part << " in\n" << ran.out;
    }
  }
}

TEST_F(CliCalls, FramesMayBeHexadecimalAndAreShownWithTheirBytes) {
  const Ran ran =
      run("frame --hex --bytes", golden_ping.substr(0, 40) + "\n " + golden_ping.substr(40));
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.out.find("  00000020  00 01"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("|......ping.....|"), std::string::npos) << ran.out;
  EXPECT_EQ(run("frame --hex", "abc").code, 1);
}

// ---- call and serve

TEST_F(CliCalls, EveryTransportCarriesEveryProtocol) {
  Served server(echo());
  ASSERT_NE(server.address(), "");
  const std::string line = R"({"sku":"A-1","quantity":3})";
  for (const char* transport :
       {"auto", "framed", "ttheader", "ttheader-framed", "theader", "unframed"}) {
    for (const char* protocol : {"binary", "compact", "json"}) {
      const std::string how = std::string(" --transport ") + transport + " --protocol " + protocol;
      const Ran ran = call(server.address(), "Shop/buy", R"({"count":2,"line":)" + line + "}", how);
      if (transport == std::string("theader") && protocol == std::string("json")) {
        EXPECT_EQ(ran.code, 3);
        EXPECT_NE(ran.err.find("unsupported"), std::string::npos) << ran.err;
        continue;
      }
      EXPECT_EQ(ran.code, 0) << how << ran.err;
      EXPECT_EQ(ran.out, line + "\n") << how;
    }
  }
  EXPECT_EQ(server.stop(), 0);
}

TEST_F(CliCalls, UnixSocketsAreAddresses) {
  Served server(echo("unix:" + path("socket")));
  EXPECT_EQ(server.address(), "unix:" + path("socket"));
  EXPECT_EQ(call(server.address(), "ping", "{}").out, "null\n");
  EXPECT_EQ(server.stop(SIGINT), 0);
  Served again(echo("unix:" + path("socket")));  // the file of the first is still there
  EXPECT_EQ(call(again.address(), "ping", "{}").out, "null\n");
}

TEST_F(CliCalls, OnewayCallsReturnAtOnce) {
  Served server(echo());
  const Ran ran = call(server.address(), "Shop/seen", R"({"sku":"A-1"})");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "");
  const Peer silent("");
  EXPECT_EQ(call(silent.address(), "Shop/seen", R"({"sku":"A-1"})").code, 0);
}

TEST_F(CliCalls, RepliesAreResultsExceptionsAndErrors) {
  Served server(replies(R"({
    "Shop.buy": {"sku": "B-2"},
    "Shop.ping": {"$error": "no \"power\""},
    "check": {"$biz": {"code": 5, "message": "closed", "extra": {"until": "9:00"}}}
  })"));
  ASSERT_NE(server.address(), "");
  const Ran bought = call(server.address(), "Shop/buy", R"({"count":1})");
  EXPECT_EQ(bought.code, 0) << bought.err;
  EXPECT_EQ(bought.out, "{\"sku\":\"B-2\"}\n");
  const Ran failed = call(server.address(), "Shop/ping", "{}");
  EXPECT_EQ(failed.code, 7);
  EXPECT_EQ(failed.out, "");
  EXPECT_NE(failed.err.find("no \"power\""), std::string::npos) << failed.err;
  const Ran closed = call(server.address(), "Shop/check", "{}", "--transport ttheader");
  EXPECT_EQ(closed.code, 7);
  EXPECT_NE(closed.err.find("closed"), std::string::npos) << closed.err;
  EXPECT_NE(closed.err.find("5"), std::string::npos) << closed.err;
}

TEST_F(CliCalls, DeclaredExceptionsHaveAnExitCodeOfTheirOwn) {
  Served server(replies(R"({"Shop.buy": {"sold_out": {"sku": "A-1"}}})"));
  for (const char* transport : {"framed", "ttheader", "theader", "unframed"}) {
    const Ran ran =
        call(server.address(), "Shop/buy", "{}", std::string("--transport ") + transport);
    EXPECT_EQ(ran.code, 6) << ran.err;
    EXPECT_EQ(ran.out, "{\"sold_out\":{\"sku\":\"A-1\"}}\n");
  }
}

TEST_F(CliCalls, UnknownMethodsAreToldByEitherEnd) {
  Served server(echo());
  const Ran here = call(server.address(), "Shop/sell", "{}");
  EXPECT_EQ(here.code, 3);
  EXPECT_NE(here.err.find("unknown_method"), std::string::npos) << here.err;
  EXPECT_EQ(call(server.address(), "Store/buy", "{}").code, 3);
  save("more.thrift", "service Shop { i32 sell(1: i32 count) }");
  for (const char* transport : {"framed", "ttheader"}) {
    const Ran there = run("call " + server.address() + " Shop/sell --idl " + path("more.thrift") +
                          " --transport " + transport);
    EXPECT_EQ(there.code, 7) << there.err;
    EXPECT_NE(there.err.find("unknown_method"), std::string::npos) << there.err;
  }
}

TEST_F(CliCalls, StreamsAreLinesBothWays) {
  Served server(echo());
  const std::string lines = "{\"sku\":\"a\",\"quantity\":1}\n{\"sku\":\"b\",\"quantity\":2}\n";
  const Ran both = call(server.address(), "Shop/watch", lines);
  EXPECT_EQ(both.code, 0) << both.err;
  EXPECT_EQ(both.out, lines);
  const Ran one = call(server.address(), "Shop/total", lines);
  EXPECT_EQ(one.out, lines.substr(lines.find('\n') + 1)) << one.err;
  const Ran server_side = call(server.address(), "Shop/list", lines.substr(0, lines.find('\n')));
  EXPECT_EQ(server_side.out, lines.substr(0, lines.find('\n') + 1)) << server_side.err;
  Served planned(replies(R"({"Shop.list": [{"sku": "a"}, {"sku": "b"}],
                             "Shop.total": {"sku": "c"}, "Shop.watch": {"$error": "no more"}})"));
  EXPECT_EQ(call(planned.address(), "Shop/list", "{\"sku\":\"x\"}").out,
            "{\"sku\":\"a\"}\n{\"sku\":\"b\"}\n");
  EXPECT_EQ(call(planned.address(), "Shop/total", lines).out, "{\"sku\":\"c\"}\n");
  const Ran failed = call(planned.address(), "Shop/watch", lines);
  EXPECT_EQ(failed.code, 7);
  EXPECT_NE(failed.err.find("no more"), std::string::npos) << failed.err;
}

TEST_F(CliCalls, FramesOfStreamsAreShownWithTheirData) {
  Served server(echo());
  const Ran ran = call(server.address(), "Shop/watch", R"({"sku":"A-1"})", "-v");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(has_lines(ran.err, {"                27 (frame_type) = \"2\" (header)"}));
  for (const char* part :
       {"flags 0x0002 streaming", "(data)", "(trailer)", R"(data        {"sku":"A-1"})"}) {
    EXPECT_NE(ran.err.find(part), std::string::npos) << part << "\n" << ran.err;
  }
  EXPECT_EQ(ran.err.find("error"), std::string::npos) << ran.err;
}

#ifdef WIREJIT_TOOL_PROTOBUF
TEST_F(CliCalls, ProtobufServicesAreCalledAsKitexDoes) {
  save("shop.proto", R"(syntax = "proto3";
message Line { string sku = 1; int64 count = 2; }
service Shop { rpc Buy(Line) returns (Line); }
)");
  Served server({"127.0.0.1:0", "--idl", path("shop.proto"), "--echo"});
  for (const char* transport : {"auto", "framed", "ttheader-framed"}) {
    const Ran ran = run("call " + server.address() + " Shop/Buy --idl " + path("shop.proto") +
                        R"( -v -d '{"sku": "A-1", "count": 5}' --transport )" + transport);
    EXPECT_EQ(ran.code, 0) << transport << ran.err;
    EXPECT_EQ(ran.out, "{\"sku\":\"A-1\",\"count\":\"5\"}\n") << transport;
    EXPECT_NE(ran.err.find("kitex_protobuf: reply \"Buy\""), std::string::npos) << ran.err;
  }
}
#endif

TEST_F(CliCalls, PeersThatDoNotAnswerEndWithTheTime) {
  const Peer silent("");
  const Ran late = call(silent.address(), "Shop/ping", "{}", "--timeout 100");
  EXPECT_EQ(late.code, 4);
  EXPECT_NE(late.err.find("deadline_exceeded"), std::string::npos) << late.err;
  const Peer bound("", false);
  const Ran refused = call(bound.address(), "Shop/ping", "{}", "--timeout 5000");
  EXPECT_EQ(refused.code, 4);
  EXPECT_NE(refused.err.find("unavailable"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("refused"), std::string::npos) << refused.err;
}

TEST_F(CliCalls, PeersOfOtherProtocolsAreToldFromBrokenOnes) {
  const std::string alert("\x15\x03\x01\x00\x02\x02\x16", 7);  // TLS: fatal, record overflow
  for (const std::string& answer : {std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), alert,
                                    std::string(9, '\xff'), from_hex("00000000")}) {
    const Peer peer(answer);
    const Ran ran = call(peer.address(), "Shop/ping", "{}", "--timeout 5000");
    EXPECT_NE(ran.code, 0);
    EXPECT_NE(ran.code, -1);
    EXPECT_EQ(ran.err.find("deadline"), std::string::npos) << ran.err;
  }
}

TEST_F(CliCalls, VerboseShowsTheFramesBothWays) {
  Served server(echo());
  const Ran ran = call(server.address(), "Shop/buy", R"({"line":{"sku":"A-1"}})",
                       "-v --transport ttheader -H color=red -H 2=log-1");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "{\"sku\":\"A-1\"}\n");
  for (const char* part :
       {"sent ", "received ", "\"isn\" = \"Shop\"", "\"color\" = \"red\"", "2 (log_id) = \"log-1\"",
        "call \"buy\"", "reply \"buy\"", R"({"line":{"sku":"A-1"}})"}) {
    EXPECT_NE(ran.err.find(part), std::string::npos) << part << "\n" << ran.err;
  }
}

TEST_F(CliCalls, DataComesFromFilesAndStandardInput) {
  Served server(echo());
  const std::string data = R"({"line":{"sku":"A-1"}})";
  save("data.json", data);
  const std::string command = "call " + server.address() + " Shop/buy" + idl();
  EXPECT_EQ(run(command + "-d @" + path("data.json")).out, "{\"sku\":\"A-1\"}\n");
  EXPECT_EQ(run(command + "-d -", data).out, "{\"sku\":\"A-1\"}\n");
  EXPECT_EQ(run(command + "-d @" + path("nothing.json")).code, 4);
  const Ran bad = run(command + "-d '{\"line\":{\"sku\":5}}'");
  EXPECT_EQ(bad.code, 1);
  EXPECT_NE(bad.err.find("line.sku"), std::string::npos) << bad.err;
}

TEST_F(CliCalls, AServerAnswersManyConnectionsAndEndsWithThem) {
  Served server(echo());
  std::vector<std::thread> clients;
  std::vector<int> codes(8, -1);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    clients.emplace_back([&, i] {
      const std::string command = std::string(WIREJIT_TOOL) + " call " + server.address() +
                                  " Shop/ping" + idl() + ">" + path("out" + std::to_string(i));
      codes[i] = std::system(command.c_str());
    });
  }
  for (std::thread& client : clients) {
    client.join();
  }
  for (const int code : codes) {
    EXPECT_EQ(code, 0);
  }
  EXPECT_EQ(server.stop(), 0);
}

TEST_F(CliCalls, WrongArgumentsAreToldBeforeAnythingIsSent) {
  const std::string ping_call = "call 127.0.0.1:1 Shop/ping ";
  EXPECT_EQ(run("call").code, 2);
  EXPECT_EQ(run(ping_call).code, 2);  // no --idl
  for (const char* wrong : {"--transport grpc", "--protocol xml", "-H novalue", "-H 70000=x",
                            "-H =x", "--timeout 0", "--timeout x", "-H a=b"}) {
    EXPECT_EQ(run(ping_call + idl() + wrong).code, 2) << wrong;
  }
  for (const char* address : {"nowhere", "127.0.0.1:", "127.0.0.1:99999", "unix:", ":x"}) {
    EXPECT_EQ(call(address, "Shop/ping", "{}").code, 3) << address;
  }
  EXPECT_EQ(run("serve 127.0.0.1:0" + idl()).code, 2);  // neither --echo nor --replies
  EXPECT_EQ(run("serve 127.0.0.1:0 --echo --replies x" + idl()).code, 2);
  EXPECT_EQ(run("serve 127.0.0.1:0 --replies " + path("nothing.json") + idl()).code, 4);
  save("bad.json", "{\"Shop.ping\": }");
  EXPECT_EQ(run("serve 127.0.0.1:0 --replies " + path("bad.json") + idl()).code, 1);
  EXPECT_EQ(run("serve nowhere --echo" + idl()).code, 3);
  EXPECT_EQ(run("frame " + path("nothing.bin")).code, 4);
  EXPECT_EQ(run("frame --hex", "0g").code, 1);
  EXPECT_EQ(run("frame --idl " + path("nothing.thrift"), "").code, 4);
}

}  // namespace
}  // namespace wirejit::test
