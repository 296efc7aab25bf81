// Calls of the official Protobuf library: generated messages, used by reflection.
// Entry: Proto, random_message, scramble. Invariant: schemas are made from its descriptors by code
// that shares nothing with wirejit's own loader.
#pragma once

#include "tests/support/random_source.h"

#include <wirejit/schema.h>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <string_view>

namespace wirejit::test {

// The messages of one .proto file, as code that protoc generated and as a Schema.
class Proto {
 public:
  // `file` is of generated code, such as *two::All::descriptor()->file(). Throws for any other.
  explicit Proto(const google::protobuf::FileDescriptor& file);

  [[nodiscard]] const Schema& schema() const { return schema_; }
  [[nodiscard]] const google::protobuf::Descriptor& descriptor(const std::string& name) const;
  [[nodiscard]] std::unique_ptr<google::protobuf::Message> message(const std::string& name) const;

 private:
  const google::protobuf::FileDescriptor& file_;
  Schema schema_;
};

void random_message(google::protobuf::Message& m, Random& random, int depth = 0);
// The message's bytes with entries of maps in the order of their keys; required fields may be missing.
[[nodiscard]] std::string serialized(const google::protobuf::Message& m);

// The same message in other bytes, all of which the wire format allows: fields in any order, messages
// split in two, singular fields twice, lists packed or not, map entries without key or value, unknown
// fields.
[[nodiscard]] std::string scramble(std::string_view bytes, const google::protobuf::Descriptor& type,
                                   Random& random);

}  // namespace wirejit::test
