// The official Protobuf library as a peer: messages of types that are known at run time alone.
// Entry: Proto, random_message, scramble. Invariant: schemas are made from its descriptors by code
// that shares nothing with the library's own loader.
#pragma once

#include "tests/random_source.h"

#include <wirejit/schema.h>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <string_view>

namespace wirejit::test {

// One .proto text, as the official library and as a Schema.
class Proto {
 public:
  explicit Proto(const std::string& text);
  ~Proto();

  [[nodiscard]] const Schema& schema() const { return schema_; }
  [[nodiscard]] const google::protobuf::Descriptor& descriptor(const std::string& name) const;
  [[nodiscard]] std::unique_ptr<google::protobuf::Message> message(const std::string& name) const;

 private:
  google::protobuf::DescriptorPool pool_;
  std::unique_ptr<google::protobuf::DynamicMessageFactory> factory_;
  std::string package_;
  Schema schema_;
};

// Every kind of field, in either syntax: message All, with Node and Choice inside.
[[nodiscard]] const char* proto3_text();
[[nodiscard]] const char* proto2_text();

void random_message(google::protobuf::Message& m, Random& random, int depth = 0);
// With map entries in order, of each key the last; required fields may be missing.
[[nodiscard]] std::string serialized(google::protobuf::Message& m);

// The same message in bytes that use the freedom of the wire: fields in any order and in pieces,
// repeated singular fields, lists packed or not, entries without parts, unknown fields.
[[nodiscard]] std::string scramble(std::string_view bytes, const google::protobuf::Descriptor& type,
                                   Random& random);

}  // namespace wirejit::test
