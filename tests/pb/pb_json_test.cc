// Protobuf and ProtoJSON against the official library: random messages from bytes to text and back,
// in one pass, on both engines, with schemas that were loaded from descriptors.
#include "tests/support/engine_matrix.h"
#include "tests/support/protobuf_support.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>

#include <google/protobuf/any.pb.h>
#include <google/protobuf/api.pb.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/type.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>
#include <peer_protobuf/wire_proto2.pb.h>
#include <peer_protobuf/wire_proto3.pb.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace wirejit::test {
namespace {

namespace gp = google::protobuf;

void add_files(const gp::FileDescriptor& file, std::set<std::string>& done,
               gp::FileDescriptorSet& to) {
  if (!done.insert(file.name()).second) {
    return;
  }
  for (int i = 0; i < file.dependency_count(); ++i) {
    add_files(*file.dependency(i), done, to);
  }
  file.CopyTo(to.add_file());
}

// One message type as text and on the wire.
class Texts {
 public:
  explicit Texts(const gp::Descriptor& type) {
    gp::FileDescriptorSet files;
    std::set<std::string> done;
    add_files(*gp::Int64Value::descriptor()->file(), done, files);  // for Anys
    add_files(*type.file(), done, files);
    const Result<Schema> schema = pb::load(as_bytes(files.SerializeAsString()));
    EXPECT_TRUE(schema.has_value()) << schema.error().to_string();
    matrix_.emplace(*schema, type.full_name(), std::vector<Format>{text_, pb::wire});
  }

  std::string to_text(std::string_view bytes) { return run(pb::wire, text_, bytes); }
  std::string to_bytes(std::string_view text) { return run(text_, pb::wire, text); }

 private:
  // The output, or the error.
  std::string run(const Format& from, const Format& to, std::string_view input) {
    const Outcome o = matrix_->transcode(from, to, input);
    return o.ok() ? o.bytes : o.error();
  }

  Format text_ = pb::json;
  std::optional<EngineMatrix> matrix_;
};

// Removes unknown fields, which text cannot hold.
template <class M>
void random_known(M& m, Random& random) {
  random_message(m, random);
  m.DiscardUnknownFields();
}

template <class M>
void round_trips(unsigned seed, int times) {
  Texts texts(*M::descriptor());
  Random random(seed);
  int done = 0;
  for (int i = 0; i < times; ++i) {
    M m;
    random_known(m, random);
    if (!m.IsInitialized()) {
      continue;
    }
    ++done;
    const std::string bytes = m.SerializeAsString();
    // Ours, read by them.
    const std::string ours = texts.to_text(bytes);
    M read;
    const auto status = gp::util::JsonStringToMessage(ours, &read);
    ASSERT_TRUE(status.ok()) << status.message() << "\n" << ours;
    ASSERT_EQ(serialized(read), serialized(m)) << ours;
    // Theirs, read by us.
    std::string theirs;
    ASSERT_TRUE(gp::util::MessageToJsonString(m, &theirs).ok());
    M back;
    const std::string made = texts.to_bytes(theirs);
    ASSERT_TRUE(back.ParseFromString(made)) << theirs;
    ASSERT_EQ(serialized(back), serialized(m)) << theirs << "\n" << made;
    // The same message in fragments.
    const std::string pieces = scramble(bytes, *M::descriptor(), random);
    M whole;
    ASSERT_TRUE(whole.ParseFromString(pieces));
    whole.DiscardUnknownFields();
    M of_pieces;
    const std::string text = texts.to_text(pieces);
    ASSERT_TRUE(gp::util::JsonStringToMessage(text, &of_pieces).ok()) << text;
    ASSERT_EQ(serialized(of_pieces), serialized(whole)) << text;
  }
  EXPECT_GT(done, times / 4);
}

TEST(ProtobufJson, Proto3Messages) {
  round_trips<three::All>(1, 400);
  round_trips<three::Choice>(2, 400);
  round_trips<three::Node>(3, 200);
}

// (There are no messages with groups: their json_util writes malformed bytes for them.)
TEST(ProtobufJson, Proto2Messages) {
  round_trips<two::Node>(6, 200);
  round_trips<two::Leaf>(7, 200);
}

// Anys with messages of all types, read from the wire.
TEST(ProtobufJson, Anys) {
  Texts texts(*gp::Type::descriptor());
  gp::Type type;
  type.set_name("a \"name\"");
  type.add_oneofs("one");
  type.set_syntax(gp::SYNTAX_PROTO3);
  gp::Int64Value number;
  number.set_value(-5);
  gp::Option* o = type.add_options();
  o->set_name("wrapped");
  o->mutable_value()->PackFrom(number);
  gp::SourceContext source;
  source.set_file_name("x.proto");
  o = type.add_options();
  o->mutable_value()->PackFrom(source);
  gp::Any nested;
  nested.PackFrom(type);
  o = type.add_options();
  o->mutable_value()->PackFrom(nested);
  type.add_options()->mutable_value();
  gp::Field* f = type.add_fields();
  f->set_kind(gp::Field::TYPE_BOOL);
  f->set_number(7);
  const std::string text = texts.to_text(type.SerializeAsString());
  gp::Type read;
  ASSERT_TRUE(gp::util::JsonStringToMessage(text, &read).ok()) << text;
  EXPECT_EQ(read.SerializeAsString(), type.SerializeAsString()) << text;
  std::string theirs;
  ASSERT_TRUE(gp::util::MessageToJsonString(type, &theirs).ok());
  EXPECT_EQ(texts.to_bytes(theirs), type.SerializeAsString()) << theirs;
  EXPECT_EQ(texts.to_bytes(text), type.SerializeAsString()) << text;
  // A payload whose fields are in fragments: its text is that of the merged message.
  gp::Any any;
  any.set_type_url("type.googleapis.com/google.protobuf.Type");
  gp::Type part;
  part.set_name("first");
  part.mutable_source_context()->set_file_name("a");
  any.set_value(part.SerializeAsString());
  part.set_name("last");
  part.add_oneofs("o");
  any.mutable_value()->append(part.SerializeAsString());
  gp::Type outer;
  outer.add_options()->mutable_value()->CopyFrom(any);
  EXPECT_EQ(texts.to_text(outer.SerializeAsString()),
            R"({"options":[{"value":{"@type":"type.googleapis.com/google.protobuf.Type",)"
            R"("name":"last","oneofs":["o"],"sourceContext":{"fileName":"a"}}}]})");
}

}  // namespace
}  // namespace wirejit::test
