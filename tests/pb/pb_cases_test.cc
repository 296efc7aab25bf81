// Compares the rows of tests/cases for Protobuf's formats with the official library: it must
// convert the ProtoJSON row to the binary row and back, and its reflection must give the plain JSON.
// WIREJIT_BLESS=1 writes the binary rows with the official library, without ours.
#include "tests/support/case_file.h"
#include "tests/support/engine_matrix.h"
#include "tests/support/golden.h"
#include "tests/support/protobuf_support.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <cmath>
#include <memory>
#include <string>

namespace wirejit::test {
namespace {

namespace gp = google::protobuf;
using Json = nlohmann::json;

// The messages of a descriptor set.
class Messages {
 public:
  // `schema`: "small.proto".
  explicit Messages(const std::string& schema) {
    gp::FileDescriptorSet set;
    EXPECT_TRUE(set.ParseFromString(
        read_file(WIREJIT_CASE_DESCRIPTORS "/" + schema.substr(0, schema.find('.')) + ".binpb")));
    for (const gp::FileDescriptorProto& file : set.file()) {
      file_ = pool_.BuildFile(file);
      EXPECT_NE(file_, nullptr) << file.name();
    }
  }
  std::unique_ptr<gp::Message> make(const std::string& name) {
    const gp::Descriptor* type = file_->FindMessageTypeByName(name);
    EXPECT_NE(type, nullptr) << name;
    return std::unique_ptr<gp::Message>(factory_.GetPrototype(type)->New());
  }

 private:
  gp::DescriptorPool pool_;
  gp::DynamicMessageFactory factory_{&pool_};
  const gp::FileDescriptor* file_ = nullptr;
};

// ---- Plain JSON by reflection

Json real(double d) {
  if (std::isnan(d)) {
    return "NaN";
  }
  return std::isinf(d) ? Json(d > 0 ? "Infinity" : "-Infinity") : Json(d);
}
Json real(float f) {
  if (std::isnan(f) || std::isinf(f)) {
    return real(static_cast<double>(f));
  }
  char text[32];
  return Json::parse(std::string(text, std::to_chars(text, text + sizeof text, f).ptr));
}
Json base64(const std::string& bytes) {
  gp::BytesValue value;
  value.set_value(bytes);
  std::string text;
  EXPECT_TRUE(gp::util::MessageToJsonString(value, &text).ok());
  return Json::parse(text);
}

Json plain(const gp::Message& m);

// An element of a repeated field, or a singular field if `index` is -1.
Json plain(const gp::Message& m, const gp::FieldDescriptor& f, int index) {
  const gp::Reflection& r = *m.GetReflection();
  const bool one = index < 0;
  switch (f.cpp_type()) {
    case gp::FieldDescriptor::CPPTYPE_INT32:
      return one ? r.GetInt32(m, &f) : r.GetRepeatedInt32(m, &f, index);
    case gp::FieldDescriptor::CPPTYPE_INT64:
      return one ? r.GetInt64(m, &f) : r.GetRepeatedInt64(m, &f, index);
    case gp::FieldDescriptor::CPPTYPE_UINT32:
      return one ? r.GetUInt32(m, &f) : r.GetRepeatedUInt32(m, &f, index);
    case gp::FieldDescriptor::CPPTYPE_UINT64:
      return one ? r.GetUInt64(m, &f) : r.GetRepeatedUInt64(m, &f, index);
    case gp::FieldDescriptor::CPPTYPE_DOUBLE:
      return real(one ? r.GetDouble(m, &f) : r.GetRepeatedDouble(m, &f, index));
    case gp::FieldDescriptor::CPPTYPE_FLOAT:
      return real(one ? r.GetFloat(m, &f) : r.GetRepeatedFloat(m, &f, index));
    case gp::FieldDescriptor::CPPTYPE_BOOL:
      return one ? r.GetBool(m, &f) : r.GetRepeatedBool(m, &f, index);
    case gp::FieldDescriptor::CPPTYPE_ENUM: {
      const int number = one ? r.GetEnumValue(m, &f) : r.GetRepeatedEnumValue(m, &f, index);
      const gp::EnumValueDescriptor* value = f.enum_type()->FindValueByNumber(number);
      return value == nullptr ? Json(number) : Json(value->name());
    }
    case gp::FieldDescriptor::CPPTYPE_STRING: {
      const std::string s = one ? r.GetString(m, &f) : r.GetRepeatedString(m, &f, index);
      return f.type() == gp::FieldDescriptor::TYPE_BYTES ? base64(s) : Json(s);
    }
    case gp::FieldDescriptor::CPPTYPE_MESSAGE:
      return plain(one ? r.GetMessage(m, &f) : r.GetRepeatedMessage(m, &f, index));
  }
  return {};
}

Json plain(const gp::Message& m) {
  Json object = Json::object();
  std::vector<const gp::FieldDescriptor*> fields;
  m.GetReflection()->ListFields(m, &fields);
  for (const gp::FieldDescriptor* f : fields) {
    if (!f->is_repeated()) {
      object[f->json_name()] = plain(m, *f, -1);
      continue;
    }
    Json& value = object[f->json_name()] = f->is_map() ? Json::object() : Json::array();
    for (int i = 0; i < m.GetReflection()->FieldSize(m, f); ++i) {
      if (!f->is_map()) {
        value.push_back(plain(m, *f, i));
        continue;
      }
      const gp::Message& entry = m.GetReflection()->GetRepeatedMessage(m, f, i);
      const Json key = plain(entry, *f->message_type()->map_key(), -1);
      value[key.is_string() ? key.get<std::string>() : key.dump()] =
          plain(entry, *f->message_type()->map_value(), -1);
    }
  }
  return object;
}

// ---- The rows

std::unique_ptr<gp::Message> read(Messages& messages, const Case& c, const CaseRow& row) {
  std::unique_ptr<gp::Message> m = messages.make(c.type);
  if (row.format == "protobuf") {
    EXPECT_TRUE(m->ParseFromString(row.bytes));
    m->DiscardUnknownFields();
  } else {
    const auto status = gp::util::JsonStringToMessage(row.bytes, m.get());
    EXPECT_TRUE(status.ok()) << status.ToString();
  }
  return m;
}

// The library's JSON does not support groups: the binary row of such a message is written by hand,
// and the library reads it.
bool has_groups(const gp::Descriptor& type) {
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->type() == gp::FieldDescriptor::TYPE_GROUP) {
      return true;
    }
  }
  return false;
}

void expect_official_json(const gp::Message& m, const Case& c) {
  std::string text;
  ASSERT_TRUE(gp::util::MessageToJsonString(m, &text).ok());
  EXPECT_EQ(Json::parse(*c.find("protojson")), Json::parse(text));
}

void expect_official(Messages& messages, Case& c) {
  ASSERT_TRUE(c.find("protojson"));
  ASSERT_TRUE(c.find("json"));
  const bool groups = has_groups(*messages.make(c.type)->GetDescriptor());
  const std::string source = groups ? "protobuf" : "protojson";
  ASSERT_TRUE(c.find(source));
  const auto m = read(messages, c, {source, *c.find(source), false});
  const std::string bytes = serialized(*m);
  if (blessing()) {
    c.set("protobuf", bytes);
  }
  if (!groups) {
    expect_official_json(*m, c);
  }
  EXPECT_EQ(Json::parse(*c.find("json")), plain(*m));
  ASSERT_TRUE(c.find("protobuf")) << "WIREJIT_BLESS=1 adds the row protobuf";
  for (const CaseRow& row : c.rows) {
    if (row.format == "protobuf" || (row.format == "protojson" && !groups)) {
      EXPECT_EQ(hex(as_bytes(serialized(*read(messages, c, row))), 4000),
                hex(as_bytes(bytes), 4000))
          << row.format;
    }
    if (row.format == "protobuf" && !row.only_read) {
      EXPECT_EQ(hex(as_bytes(row.bytes), 4000), hex(as_bytes(bytes), 4000));
    }
  }
}

class PbCases : public testing::TestWithParam<std::string> {};

TEST_P(PbCases, AreWhatTheOfficialLibraryWritesAndReads) {
  CaseFile file(GetParam());
  if (!file.schema().ends_with(".proto")) {
    return;
  }
  Messages messages(file.schema());
  for (Case& c : file.cases()) {
    SCOPED_TRACE(c.name);
    expect_official(messages, c);
  }
  if (blessing()) {
    file.write();
  }
}

INSTANTIATE_TEST_SUITE_P(All, PbCases, testing::ValuesIn(case_files()), [](const auto& file) {
  return file.param.substr(0, file.param.find('.'));
});

}  // namespace
}  // namespace wirejit::test
