// Descriptors for tests: .proto text compiled by libprotobuf, and a Schema compared with what
// libprotobuf's own descriptors say.
// Entry: ProtoTexts, expect_same_schema.
#pragma once

#include <wirejit/schema.h>

#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace wirejit::test {

namespace gp = google::protobuf;

using Texts = std::map<std::string, std::string>;  // by file name

// Compiles texts. google/protobuf/*.proto are read from the system's folders.
class ProtoTexts {
 public:
  explicit ProtoTexts(Texts texts);
  ~ProtoTexts();

  // The file and all that it imports, imports first, with JSON names and source info.
  [[nodiscard]] gp::FileDescriptorSet set(const std::string& main);
  [[nodiscard]] const gp::FileDescriptor* file(const std::string& name);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Every message, field, oneof, enum, extension, service and method of these files, as libprotobuf
// sees them, and nothing more.
void expect_same_schema(const Schema& schema, const std::vector<const gp::FileDescriptor*>& files);

// A file and its imports, imports first.
[[nodiscard]] std::vector<const gp::FileDescriptor*> with_imports(const gp::FileDescriptor* file);

}  // namespace wirejit::test
