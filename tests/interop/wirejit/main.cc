/// @file
/// wirejit, as server and as client of interop.thrift and interop.proto.
///
///     interop_wirejit FOLDER server                   prints "listen NAME PORT TRANSPORT..." for each
///                                                     server and "ready"; ends when its input ends
///     interop_wirejit FOLDER client ADDR TRANSPORT... makes all calls over each transport; prints
///                                                     "pass|fail|skip TRANSPORT CASE [WHY]"
///
/// FOLDER has interop.thrift and interop.binpb.

#include "common.h"

#include <wirejit/pb.h>
#include <wirejit/thrift.h>

#include <csignal>
#include <exception>
#include <iostream>

namespace wirejit::interop {

Setup::Setup(const std::string& folder) {
  const rpc::PlanOptions all{.service = rpc::Services::all};
  thrift_ = must(
      rpc::Plan::make(Engine::shared(),
                      must(thrift::load_file(folder + "/interop.thrift"), "interop.thrift"), all));
  protobuf_ = must(rpc::Plan::make(
      Engine::shared(), must(pb::load_file(folder + "/interop.binpb"), "interop.binpb"), all));
  codecs_[rpc::Protocol::thrift_binary] = must(rpc::thrift_binary(thrift_));
  codecs_[rpc::Protocol::thrift_compact] = must(rpc::thrift_compact(thrift_));
  codecs_[rpc::Protocol::thrift_json] = must(rpc::thrift_json(thrift_));
  codecs_[rpc::Protocol::kitex_protobuf] = must(rpc::kitex_protobuf(protobuf_));
}

const rpc::PayloadCodec& Setup::codec(rpc::Protocol protocol) const {
  const auto found = codecs_.find(protocol);
  if (found == codecs_.end()) {
    fail("no codec of " + std::string(rpc::to_string(protocol)));
  }
  return *found->second;
}

}  // namespace wirejit::interop

int main(int count, char** arguments) {
  const std::vector<std::string> given(arguments + 1, arguments + count);
  try {
    std::signal(SIGPIPE, SIG_IGN);
    if (given.size() == 2 && given[1] == "server") {
      return wirejit::interop::serve(wirejit::interop::Setup(given[0]));
    }
    if (given.size() > 3 && given[1] == "client") {
      return wirejit::interop::call(wirejit::interop::Setup(given[0]), given[2],
                                    {given.begin() + 3, given.end()});
    }
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << "\n";
    return 3;
  }
  std::cerr << "usage: interop_wirejit FOLDER server | interop_wirejit FOLDER client ADDR "
               "TRANSPORT...\n";
  return 2;
}
