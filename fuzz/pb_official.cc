// Calls the official library in the same process, with its log lines turned off.
#include "fuzz/pb_official.h"

#include "tests/support/protobuf_support.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/message.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>
#include <peer_protobuf/containers.pb.h>
#include <peer_protobuf/scalars.pb.h>
#include <peer_protobuf/small.pb.h>
#include <peer_protobuf/structs.pb.h>
#include <peer_protobuf/traffic.pb.h>
#include <peer_protobuf/wire_known.pb.h>
#include <peer_protobuf/wire_proto2.pb.h>
#include <peer_protobuf/wire_proto3.pb.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>

namespace wirejit::fuzz {

namespace {

namespace gp = google::protobuf;

[[noreturn]] void exit_with_message(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::abort();
}

// Ends the process unless the generated code and messages.binpb have the same descriptors.
void check_descriptors() {
  gp::FileDescriptorSet set;
  std::ifstream in(WIREJIT_FUZZ_MESSAGES, std::ios::binary);
  if (!set.ParseFromIstream(&in)) {
    exit_with_message(WIREJIT_FUZZ_MESSAGES " cannot be read");
  }
  for (const gp::FileDescriptor* file :
       {two::All::descriptor()->file(), three::All::descriptor()->file(),
        known::All::descriptor()->file(), small::Line::descriptor()->file(),
        scalars::Scalars::descriptor()->file(), containers::Lists::descriptor()->file(),
        structs::Tree::descriptor()->file(), traffic::Order::descriptor()->file()}) {
    gp::FileDescriptorProto generated;
    file->CopyTo(&generated);
    file->CopyJsonNameTo(&generated);
    bool found = false;
    for (const gp::FileDescriptorProto& f : set.file()) {
      found = found || f.SerializeAsString() == generated.SerializeAsString();
    }
    if (!found) {
      exit_with_message(WIREJIT_FUZZ_MESSAGES " is not of " + file->name() +
                        ": fuzz/README.md says how to make it");
    }
  }
}

std::unique_ptr<gp::Message> message(std::string_view type) {
  static const bool ready = [] {
    gp::SetLogHandler(nullptr);
    check_descriptors();
    return true;
  }();
  const gp::Descriptor* const found =
      ready ? gp::DescriptorPool::generated_pool()->FindMessageTypeByName(std::string(type))
            : nullptr;
  if (found == nullptr) {
    exit_with_message("no message " + std::string(type));
  }
  return std::unique_ptr<gp::Message>(
      gp::MessageFactory::generated_factory()->GetPrototype(found)->New());
}

}  // namespace

bool official_available() { return true; }

std::optional<std::string> official_reserialized(std::string_view type, std::string_view bytes,
                                                 bool partial) {
  const std::unique_ptr<gp::Message> m = message(type);
  const int size = static_cast<int>(bytes.size());
  const bool read = partial ? m->ParsePartialFromArray(bytes.data(), size)
                            : m->ParseFromArray(bytes.data(), size);
  return read ? std::optional(test::serialized(*m)) : std::nullopt;
}

std::optional<std::string> official_parse_json(std::string_view type, std::string_view text,
                                               bool ignore_unknown) {
  const std::unique_ptr<gp::Message> m = message(type);
  gp::util::JsonParseOptions options;
  options.ignore_unknown_fields = ignore_unknown;
  bool read = false;
  try {
    read = gp::util::JsonStringToMessage({text.data(), text.size()}, m.get(), options).ok();
  } catch (const gp::FatalException&) {  // "CHECK failed: !done_", in an Any that is malformed
    throw OfficialCheckFailed{};
  }
  return read && m->IsInitialized() ? std::optional(test::serialized(*m)) : std::nullopt;
}

std::optional<std::string> official_print_json(std::string_view type, std::string_view bytes) {
  const std::unique_ptr<gp::Message> m = message(type);
  std::string text;
  if (!m->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      !gp::util::MessageToJsonString(*m, &text).ok()) {
    return std::nullopt;
  }
  return text;
}

// ---- Messages of descriptors that are read at run time

struct OfficialSchema::Pool {
  gp::DescriptorPool pool;
  gp::DynamicMessageFactory factory;

  [[nodiscard]] std::unique_ptr<gp::Message> message(const std::string& type) {
    const gp::Descriptor* const found = pool.FindMessageTypeByName(type);
    if (found == nullptr) {
      exit_with_message("no message " + type);
    }
    return std::unique_ptr<gp::Message>(factory.GetPrototype(found)->New());
  }
};

OfficialSchema::OfficialSchema(std::string_view file_descriptor_set)
    : pool_(std::make_unique<Pool>()) {
  gp::SetLogHandler(nullptr);
  gp::FileDescriptorSet set;
  if (!set.ParseFromArray(file_descriptor_set.data(),
                          static_cast<int>(file_descriptor_set.size()))) {
    exit_with_message("descriptors that cannot be read");
  }
  for (const gp::FileDescriptorProto& file : set.file()) {
    if (pool_->pool.BuildFile(file) == nullptr) {
      exit_with_message("descriptors that the official library rejects:\n" + file.DebugString());
    }
  }
}

OfficialSchema::~OfficialSchema() = default;

std::optional<std::string> OfficialSchema::rewritten(const std::string& type,
                                                     std::string_view bytes) const {
  const std::unique_ptr<gp::Message> m = pool_->message(type);
  return m->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))
             ? std::optional(test::serialized(*m))
             : std::nullopt;
}

std::string OfficialSchema::random(const std::string& type, std::uint64_t seed) const {
  const std::unique_ptr<gp::Message> m = pool_->message(type);
  test::Random r(seed);
  test::random_message(*m, r);
  return test::scramble(test::serialized(*m), *m->GetDescriptor(), r);
}

}  // namespace wirejit::fuzz
