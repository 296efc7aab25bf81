/// @file
/// Apache Thrift's C++ library, as server and as client of interop.thrift.
///
///     cpp-thrift server                   prints "listen NAME PORT TRANSPORT..." for each server and
///                                         "ready"; ends when its input ends
///     cpp-thrift client ADDR TRANSPORT... makes all calls over each transport; prints
///                                         "pass|fail|skip TRANSPORT CASE [WHY]"
///
/// A transport is unframed, framed or theader, then binary, compact or json: framed-compact. Behind
/// it there may be "+multiplexed". (Not zlib: it crashes the THeaderTransport of libthrift 0.17.)

#include "Interop.h"
#include "Next.h"

#include <thrift/TApplicationException.h>
#include <thrift/processor/TMultiplexedProcessor.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/protocol/TCompactProtocol.h>
#include <thrift/protocol/THeaderProtocol.h>
#include <thrift/protocol/TJSONProtocol.h>
#include <thrift/protocol/TMultiplexedProtocol.h>
#include <thrift/server/TNonblockingServer.h>
#include <thrift/server/TSimpleServer.h>
#include <thrift/server/TThreadedServer.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TNonblockingServerSocket.h>
#include <thrift/transport/TServerSocket.h>
#include <thrift/transport/TSocket.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using apache::thrift::TApplicationException;
using apache::thrift::TMultiplexedProcessor;
using apache::thrift::TProcessor;
using apache::thrift::protocol::TProtocol;
using apache::thrift::protocol::TProtocolFactory;
using apache::thrift::transport::TTransport;
using apache::thrift::transport::TTransportFactory;

namespace protocol = apache::thrift::protocol;
namespace server = apache::thrift::server;
namespace transport = apache::thrift::transport;

// The protocols of the connection whose call this thread is making.
thread_local TProtocol* current_input = nullptr;
thread_local TProtocol* current_output = nullptr;

class Handler final : public interop::InteropIf {
 public:
  void ping() override {}
  void echo(interop::Everything& result, const interop::Everything& value) override {
    result = value;
  }
  void join(std::string& result, const std::int64_t first, const std::string& second,
            const std::vector<std::int32_t>& third, const interop::Point& fourth,
            const std::map<std::string, std::int64_t>& fifth) override {
    result = std::to_string(first) + "/" + second + "/" + std::to_string(third.at(0)) + "+" +
             std::to_string(third.at(1)) + "/" + std::to_string(fourth.x) + "," +
             std::to_string(fourth.y) + "/" + std::to_string(fifth.at("k"));
  }
  std::int64_t divide(const std::int64_t dividend, const std::int64_t divisor) override {
    if (divisor == 0) {
      interop::Refused refused;
      refused.code = 1;
      refused.reason = "division by zero";
      refused.hints = {"try 1"};
      throw refused;
    }
    return dividend / divisor;
  }
  void fail(std::string& /*result*/, const std::string& text) override {
    throw std::runtime_error(text);
  }
  void note(const std::string& /*text*/) override { ++notes_; }
  std::int64_t notes() override { return notes_; }
  void business(std::string& result, const std::string& text) override { result = text; }
  void meta(std::string& result, const std::string& name) override {
    auto* input = dynamic_cast<protocol::THeaderProtocol*>(current_input);
    auto* output = dynamic_cast<protocol::THeaderProtocol*>(current_output);
    if (input == nullptr || output == nullptr) {
      return;
    }
    const auto found = input->getHeaders().find(name);
    result = found == input->getHeaders().end() ? "" : found->second;
    output->setHeader("backward", "back to " + name);
  }
  std::int32_t wait(const std::int32_t milliseconds) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    return milliseconds;
  }
  void stop() override {}

 private:
  std::atomic<std::int64_t> notes_ = 0;
};

std::shared_ptr<TProtocolFactory> protocol_factory(const std::string& name) {
  if (name == "compact") {
    return std::make_shared<protocol::TCompactProtocolFactory>();
  }
  if (name == "json") {
    return std::make_shared<protocol::TJSONProtocolFactory>();
  }
  return std::make_shared<protocol::TBinaryProtocolFactory>();
}

std::shared_ptr<TProcessor> processor() {
  auto all = std::make_shared<TMultiplexedProcessor>();
  all->registerDefault(std::make_shared<interop::InteropProcessor>(std::make_shared<Handler>()));
  all->registerProcessor("Interop",
                         std::make_shared<interop::InteropProcessor>(std::make_shared<Handler>()));
  return all;
}

// Says when a server listens, and whose protocols a call uses.
class Events final : public server::TServerEventHandler {
 public:
  explicit Events(std::function<void()> listens) : listens_(std::move(listens)) {}
  void preServe() override { listens_(); }
  void* createContext(std::shared_ptr<TProtocol> input,
                      std::shared_ptr<TProtocol> output) override {
    return new std::pair(input.get(), output.get());
  }
  void deleteContext(void* context, std::shared_ptr<TProtocol> /*input*/,
                     std::shared_ptr<TProtocol> /*output*/) override {
    delete static_cast<std::pair<TProtocol*, TProtocol*>*>(context);
  }
  void processContext(void* context, std::shared_ptr<TTransport> /*transport*/) override {
    const auto& protocols = *static_cast<std::pair<TProtocol*, TProtocol*>*>(context);
    current_input = protocols.first;
    current_output = protocols.second;
  }

 private:
  std::function<void()> listens_;
};

// Runs a server in a thread of its own, and returns when it listens. The threads end with the
// process.
void run(const std::string& name, const std::shared_ptr<server::TServer>& runs,
         const std::function<int()>& port, const std::string& rows) {
  auto listening = std::make_shared<std::atomic<bool>>(false);
  runs->setServerEventHandler(std::make_shared<Events>([=] {
    std::cout << "listen " << name << " " << port() << " " << rows << std::endl;
    *listening = true;
    listening->notify_one();
  }));
  std::thread([name, runs] {
    try {
      runs->serve();
    } catch (const std::exception& error) {
      std::cerr << name << ": " << error.what() << std::endl;
    }
  }).detach();
  listening->wait(false);
}

template <class Server>
void blocking(const std::string& name, const std::shared_ptr<TTransportFactory>& transports,
              const std::shared_ptr<TProtocolFactory>& protocols, const std::string& rows) {
  const auto socket = std::make_shared<transport::TServerSocket>("127.0.0.1", 0);
  // Without a factory for the output a connection has one protocol for both directions, so that
  // THeaderProtocol answers in the flavour that it has read.
  run(
      name,
      std::make_shared<Server>(processor(), socket, transports, transports, protocols, nullptr),
      [socket] { return socket->getPort(); }, rows);
}

void nonblocking(const std::string& name, const std::shared_ptr<TProtocolFactory>& protocols,
                 const std::string& rows) {
  const auto socket = std::make_shared<transport::TNonblockingServerSocket>("127.0.0.1", 0);
  run(
      name, std::make_shared<server::TNonblockingServer>(processor(), protocols, socket),
      [socket] { return socket->getListenPort(); }, rows);
}

void serve() {
  const auto unframed = std::make_shared<transport::TBufferedTransportFactory>();
  const auto framed = std::make_shared<transport::TFramedTransportFactory>();
  for (const std::string name : {"binary", "compact", "json"}) {
    const std::string bare = "unframed-" + name;
    const std::string whole = "framed-" + name;
    blocking<server::TSimpleServer>("simple-" + bare, unframed, protocol_factory(name),
                                    bare + " " + bare + "+multiplexed");
    blocking<server::TThreadedServer>("threaded-" + whole, framed, protocol_factory(name),
                                      whole + " " + whole + "+multiplexed");
    nonblocking("nonblocking-" + name, protocol_factory(name), whole);
  }
  blocking<server::TThreadedServer>(
      "threaded-theader", std::make_shared<TTransportFactory>(),
      std::make_shared<protocol::THeaderProtocolFactory>(),
      "theader-binary theader-compact unframed-binary unframed-compact framed-binary "
      "framed-compact");
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
}

interop::Everything sample() {
  interop::Point labelled;
  labelled.x = 3;
  labelled.y = -4;
  labelled.__set_label("end");
  interop::Point plain;
  plain.x = 1;
  plain.y = 2;
  interop::Everything value;
  value.flag = true;
  value.tiny = -8;
  value.small = -1600;
  value.medium = 320000;
  value.large = -6400000000;
  value.ratio = 0.1;
  value.text = "h\u00e9llo \u2603 \"q\"";
  value.blob = std::string("\0\1\xfe\xff", 4);
  value.color = interop::Color::GREEN;
  value.point = labelled;
  value.points = {plain, labelled};
  value.counts = {{"one", 1}};
  value.numbers = {7};
  value.flags = {true, false, true};
  value.nested = {{2, {plain}}};
  return value;
}

class Row {
 public:
  explicit Row(std::string name) : name_(std::move(name)) {}

  // Makes all calls; returns false if any has failed.
  bool call(const std::string& address);

 private:
  void check(const std::string& name, const std::function<void()>& test) {
    std::string problem;
    try {
      test();
    } catch (const std::exception& error) {
      problem = *error.what() == '\0' ? "an exception" : error.what();
    }
    failed_ = failed_ || !problem.empty();
    std::cout << (problem.empty() ? "pass " : "fail ") << name_ << " " << name << " " << problem
              << std::endl;
  }

  std::string name_;
  bool failed_ = false;
};

template <class T>
void equal(const T& got, const T& want, const char* what) {
  if (!(got == want)) {
    throw std::runtime_error(std::string("another ") + what);
  }
}

void application_exception(const std::function<void()>& call,
                           TApplicationException::TApplicationExceptionType type) {
  try {
    call();
  } catch (const TApplicationException& error) {
    equal(static_cast<int>(error.getType()), static_cast<int>(type), error.what());
    return;
  }
  throw std::runtime_error("no exception of the peer");
}

bool cut(std::string& text, const std::string& end) {
  if (!text.ends_with(end)) {
    return false;
  }
  text.resize(text.size() - end.size());
  return true;
}

bool Row::call(const std::string& address) {
  std::string kind = name_;
  const bool multiplexed = cut(kind, "+multiplexed");
  const std::size_t dash = kind.find('-');
  const std::string layer = kind.substr(0, dash);
  const std::string coding = kind.substr(dash + 1);
  const std::size_t colon = address.rfind(':');
  const auto socket = std::make_shared<transport::TSocket>(address.substr(0, colon),
                                                           std::atoi(address.c_str() + colon + 1));
  socket->setRecvTimeout(5000);
  std::shared_ptr<TProtocol> spoken;
  std::shared_ptr<protocol::THeaderProtocol> header;
  if (layer == "theader") {
    header = std::make_shared<protocol::THeaderProtocol>(
        socket, coding == "compact" ? protocol::T_COMPACT_PROTOCOL : protocol::T_BINARY_PROTOCOL);
    spoken = header;
  } else {
    std::shared_ptr<TTransport> layered;
    if (layer == "framed") {
      layered = std::make_shared<transport::TFramedTransport>(socket);
    } else {
      layered = std::make_shared<transport::TBufferedTransport>(socket);
    }
    spoken = protocol_factory(coding)->getProtocol(layered);
  }
  std::shared_ptr<TProtocol> named = spoken;
  if (multiplexed) {
    named = std::make_shared<protocol::TMultiplexedProtocol>(spoken, "Interop");
  }
  interop::InteropClient client(spoken, named);
  std::string text;
  check("connect", [&] { socket->open(); });
  check("ping", [&] { client.ping(); });
  if (failed_) {
    return false;
  }
  check("echo", [&] {
    interop::Everything echo;
    client.echo(echo, sample());
    equal(echo, sample(), "value");
  });
  check("large", [&] {
    interop::Everything large = sample();
    large.text = std::string(300'000, 'x');
    interop::Everything echo;
    client.echo(echo, large);
    equal(echo, large, "value");
  });
  check("join", [&] {
    interop::Point point;
    point.x = 6;
    point.y = 7;
    client.join(text, -5, "two", {3, 4}, point, {{"k", 8}});
    equal(text, std::string("-5/two/3+4/6,7/8"), text.c_str());
  });
  check("divide", [&] { equal<std::int64_t>(client.divide(7, 2), 3, "quotient"); });
  check("exception", [&] {
    try {
      client.divide(1, 0);
    } catch (const interop::Refused& refused) {
      equal(refused.code, 1, "code");
      equal(refused.reason, std::string("division by zero"), "reason");
      equal(refused.hints, std::vector<std::string>{"try 1"}, "list of hints");
      return;
    }
    throw std::runtime_error("nothing is refused");
  });
  // Some servers say 6 (an internal error), others 0.
  check("error", [&] {
    try {
      client.fail(text, "told to fail");
    } catch (const TApplicationException& error) {
      if (error.getType() != TApplicationException::INTERNAL_ERROR &&
          error.getType() != TApplicationException::UNKNOWN) {
        throw std::runtime_error("code " + std::to_string(error.getType()));
      }
      return;
    }
    throw std::runtime_error("no exception of the peer");
  });
  check("oneway", [&] {
    const std::int64_t before = client.notes();
    client.note("a");
    client.note("b");
    equal(client.notes(), before + 2, "number of notes");
  });
  check("wait", [&] { equal(client.wait(1), 1, "number"); });
  if (header) {
    check("metainfo", [&] {
      header->setHeader("LASTING", "stays");
      client.meta(text, "LASTING");
      equal(text, std::string("stays"), "value of the request");
      equal(header->getHeaders().at("backward"), std::string("back to LASTING"),
            "value of the reply");
    });
  }
  check("unknown", [&] {
    interop::NextClient next(spoken);
    application_exception([&] { next.unheard(text, "x"); }, TApplicationException::UNKNOWN_METHOD);
  });
  check("after", [&] { client.ping(); });
  return !failed_;
}

}  // namespace

int main(int count, char** arguments) {
  apache::thrift::GlobalOutput.setOutputFunction(
      [](const char* text) { std::cerr << text << "\n"; });
  const std::vector<std::string> given(arguments + 1, arguments + count);
  if (given.size() == 1 && given[0] == "server") {
    serve();
    std::fflush(nullptr);
    std::_Exit(0);
  }
  if (given.size() > 2 && given[0] == "client") {
    bool good = true;
    for (std::size_t i = 2; i < given.size(); ++i) {
      good = Row(given[i]).call(given[1]) && good;
    }
    return good ? 0 : 1;
  }
  std::cerr << "usage: cpp-thrift server | cpp-thrift client ADDR TRANSPORT...\n";
  return 2;
}
