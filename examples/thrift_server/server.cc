// A server of Apache's library, without any code of wirejit: the demo calls it.
// Usage: server FILE [PORT]. FILE has all languages (iso639.Iso639) in Thrift Binary. Prints the port that it listens on,
// and serves until it is stopped: one connection after another, framed, in Thrift Binary.
#include "Languages.h"

#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/server/TSimpleServer.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TServerSocket.h>
#include <thrift/transport/TSimpleFileTransport.h>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <string>

namespace {

using apache::thrift::protocol::TBinaryProtocol;
using apache::thrift::protocol::TBinaryProtocolFactory;
using apache::thrift::server::TSimpleServer;
using apache::thrift::transport::TBufferedTransport;
using apache::thrift::transport::TFramedTransportFactory;
using apache::thrift::transport::TServerSocket;
using apache::thrift::transport::TSimpleFileTransport;

class Handler : public languages::LanguagesIf {
 public:
  explicit Handler(const std::string& file) {
    TBinaryProtocol protocol(
        std::make_shared<TBufferedTransport>(std::make_shared<TSimpleFileTransport>(file)));
    iso639::Iso639 all;
    all.read(&protocol);
    for (iso639::Language& language : all.languages) {
      const std::string code = language.alpha_3;
      by_code_.emplace(code, std::move(language));
    }
  }

  void find(iso639::Language& found, const std::string& code) override {
    const auto language = by_code_.find(code);
    if (language == by_code_.end()) {
      languages::NotFound error;
      error.code = code;
      throw error;
    }
    found = language->second;
  }

  void begin_with(std::map<std::string, std::string>& found, const std::string& prefix,
                  const std::int32_t limit) override {
    for (const auto& [code, language] : by_code_) {
      if (found.size() < static_cast<std::size_t>(limit < 0 ? 0 : limit) &&
          language.name.compare(0, prefix.size(), prefix) == 0) {
        found.emplace(code, language.name);
      }
    }
  }

  void seen(const std::string& code) override { std::cerr << "seen: " << code << std::endl; }

 private:
  std::map<std::string, iso639::Language> by_code_;
};

// Prints the port once it is known.
class Announced : public TServerSocket {
 public:
  using TServerSocket::TServerSocket;
  void listen() override {
    TServerSocket::listen();
    std::cout << getPort() << std::endl;
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: server FILE [PORT]\n";
    return 2;
  }
  try {
    const int port = argc > 2 ? std::atoi(argv[2]) : 0;
    TSimpleServer server(
        std::make_shared<languages::LanguagesProcessor>(std::make_shared<Handler>(argv[1])),
        std::make_shared<Announced>("127.0.0.1", port), std::make_shared<TFramedTransportFactory>(),
        std::make_shared<TBinaryProtocolFactory>());
    server.serve();
  } catch (const std::exception& error) {
    std::cerr << "server: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
