// .proto text and the official library's descriptors as schemas: the component wirejit::protobuf.
#include "tests/support/protobuf_texts.h"

#include <wirejit/pb_import.h>

#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace wirejit::test {
namespace {

using Texts = std::map<std::string, std::string>;
namespace fs = std::filesystem;

// A directory of its own, removed at the end.
class Folder {
 public:
  explicit Folder(const Texts& files) {
    std::string name = (fs::temp_directory_path() / "wirejit_import_XXXXXX").string();
    if (!mkdtemp(name.data())) {
      throw std::runtime_error("no temporary directory");
    }
    root_ = name;
    for (const auto& [path, text] : files) {
      fs::create_directories((root_ / path).parent_path());
      std::ofstream(root_ / path) << text;
    }
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(root_); }
  [[nodiscard]] std::string operator/(const std::string& path) const {
    return (root_ / path).string();
  }

 private:
  fs::path root_;
};

const Texts& files() {
  static const Texts all = {
      {"a/order.proto",
       "syntax = \"proto3\";\npackage shop;\nimport \"b/item.proto\";\n"
       "import \"google/protobuf/timestamp.proto\";\n// Of a customer.\n"
       "message Order { repeated Item items = 1; google.protobuf.Timestamp at = "
       "2; }\n"},
      {"b/item.proto",
       "syntax = \"proto2\";\npackage shop;\nmessage Item { required int32 id = 1; }\n"},
  };
  return all;
}

TEST(Import, TextFromMemory) {
  const Result<Schema> s = pb::load_proto_map(files(), "a/order.proto");
  ASSERT_TRUE(s) << s.error().to_string();
  ProtoTexts protos(files());
  expect_same_schema(*s, with_imports(protos.file("a/order.proto")));
  EXPECT_EQ((*s->find_struct("Order"))->doc, "Of a customer.\n");
}

TEST(Import, FilesByImportPathAndByTheirOwn) {
  const Folder folder(files());
  for (const std::string& path : {folder / "a/order.proto", std::string("a/order.proto")}) {
    const Result<Schema> s = pb::load_proto({path}, {.import_paths = {folder / ""}});
    ASSERT_TRUE(s) << s.error().to_string();
    EXPECT_EQ(s->documents()[0].path, "a/order.proto");
    EXPECT_EQ(s->documents().size(), 3U);
  }
  // Without import paths, the directory of a file is used.
  const Result<Schema> item = pb::load_proto({folder / "b/item.proto"});
  ASSERT_TRUE(item) << item.error().to_string();
  EXPECT_EQ(item->documents()[0].path, "item.proto");
  // The first of several files is the main one, although others import it.
  const Result<Schema> both =
      pb::load_proto({"b/item.proto", "a/order.proto"}, {.import_paths = {folder / ""}});
  ASSERT_TRUE(both) << both.error().to_string();
  EXPECT_EQ(both->documents()[0].path, "b/item.proto");
  EXPECT_TRUE(both->find_struct("shop.Order"));
}

TEST(Import, ErrorsHaveTheirPlace) {
  std::vector<pb::ImportDiagnostic> found;
  const Result<Schema> s = pb::load_proto_map(
      {{"x.proto", "syntax = \"proto3\";\nmessage M {\n  Nothing a = 1;\n  int32 b = 1;\n}\n"}},
      "x.proto", {}, &found);
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().code(), Errc::schema_syntax);
  EXPECT_EQ(s.error().line(), 3U);
  EXPECT_EQ(s.error().column(), 3U);
  EXPECT_NE(s.error().message().find("x.proto:3:3: \"Nothing\" is not defined."),
            std::string::npos);
  ASSERT_GE(found.size(), 2U);
  EXPECT_EQ(found[0].file, "x.proto");
  const Result<Schema> grammar = pb::load_proto_map({{"y.proto", "message {"}}, "y.proto");
  ASSERT_FALSE(grammar);
  EXPECT_EQ(grammar.error().line(), 1U);
  EXPECT_EQ(grammar.error().column(), 9U);
}

TEST(Import, MissingFiles) {
  const Result<Schema> none = pb::load_proto({"no/such.proto"});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), Errc::io);
  const Result<Schema> import =
      pb::load_proto_map({{"x.proto", "syntax = \"proto3\"; import \"gone.proto\";"}}, "x.proto");
  ASSERT_FALSE(import);
  EXPECT_NE(import.error().message().find("gone.proto"), std::string::npos);
  EXPECT_EQ(pb::load_proto({}).error().code(), Errc::not_found);
}

TEST(Import, WarningsComeWithASchema) {
  std::vector<pb::ImportDiagnostic> found;
  const Result<Schema> s = pb::load_proto_map(
      {{"x.proto", "syntax = \"proto3\";\nimport \"google/protobuf/any.proto\";\n"}}, "x.proto", {},
      &found);
  ASSERT_TRUE(s);
  ASSERT_EQ(found.size(), 1U);  // an unused import
  EXPECT_TRUE(found[0].warning);
  EXPECT_NE(found[0].to_string().find(": warning: "), std::string::npos);
}

TEST(Import, DescriptorsOfGeneratedCode) {
  const Result<Schema> s = pb::from_descriptor(*google::protobuf::FieldOptions::descriptor());
  ASSERT_TRUE(s) << s.error().to_string();
  EXPECT_EQ(s->documents()[0].path, "google/protobuf/descriptor.proto");
  expect_same_schema(*s, {google::protobuf::FieldOptions::descriptor()->file()});
}

TEST(Import, LimitsHold) {
  const Result<Schema> s =
      pb::load_proto_map(files(), "a/order.proto", {.limits = {.messages = 1}});
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().code(), Errc::size_limit);
}

}  // namespace
}  // namespace wirejit::test
