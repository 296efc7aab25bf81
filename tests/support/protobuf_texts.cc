// Compiles .proto text and compares schemas with libprotobuf's descriptors.
// Entry: see protobuf_texts.h. Invariant: everything that both sides have is compared; a comment
// names each thing that is left out.
#include "tests/support/protobuf_texts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace wirejit::test {
namespace {

class Collector final : public gp::compiler::MultiFileErrorCollector {
 public:
  void AddError(const std::string& file, int line, int column,
                const std::string& message) override {
    ADD_FAILURE() << file << ":" << line + 1 << ":" << column + 1 << ": " << message;
  }
};

// Finds files among the texts in memory, then in the system's folders.
class Tree final : public gp::compiler::SourceTree {
 public:
  explicit Tree(std::map<std::string, std::string> texts) : texts_(std::move(texts)) {
    system_.MapPath("", "/usr/include");
  }
  gp::io::ZeroCopyInputStream* Open(const std::string& name) override {
    const auto it = texts_.find(name);
    if (it == texts_.end()) {
      return system_.Open(name);
    }
    return new gp::io::ArrayInputStream(it->second.data(), static_cast<int>(it->second.size()));
  }

 private:
  std::map<std::string, std::string> texts_;
  gp::compiler::DiskSourceTree system_;
};

void collect(const gp::FileDescriptor* file, std::set<const gp::FileDescriptor*>& seen,
             std::vector<const gp::FileDescriptor*>& out) {
  if (!seen.insert(file).second) {
    return;
  }
  for (int i = 0; i < file->dependency_count(); ++i) {
    collect(file->dependency(i), seen, out);
  }
  out.push_back(file);
}

using FieldDescriptor = gp::FieldDescriptor;

Kind kind_of(const FieldDescriptor& f) {
  switch (f.type()) {
    case FieldDescriptor::TYPE_DOUBLE: return Kind::float64;
    case FieldDescriptor::TYPE_FLOAT: return Kind::float32;
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_SFIXED64:
    case FieldDescriptor::TYPE_SINT64: return Kind::i64;
    case FieldDescriptor::TYPE_UINT64:
    case FieldDescriptor::TYPE_FIXED64: return Kind::u64;
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_SFIXED32:
    case FieldDescriptor::TYPE_SINT32: return Kind::i32;
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_FIXED32: return Kind::u32;
    case FieldDescriptor::TYPE_BOOL: return Kind::boolean;
    case FieldDescriptor::TYPE_STRING: return Kind::string;
    case FieldDescriptor::TYPE_BYTES: return Kind::binary;
    case FieldDescriptor::TYPE_ENUM: return Kind::enumeration;
    default: return Kind::structure;
  }
}

Wire wire_of(const FieldDescriptor& f) {
  switch (f.type()) {
    case FieldDescriptor::TYPE_SFIXED64:
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED32:
    case FieldDescriptor::TYPE_FIXED32: return Wire::fixed;
    case FieldDescriptor::TYPE_SINT64:
    case FieldDescriptor::TYPE_SINT32: return Wire::zigzag;
    case FieldDescriptor::TYPE_GROUP: return Wire::delimited;
    case FieldDescriptor::TYPE_MESSAGE:
      return f.containing_type()->options().message_set_wire_format() ? Wire::message_set_item
                                                                      : Wire::standard;
    case FieldDescriptor::TYPE_STRING:
      return f.file()->syntax() == gp::FileDescriptor::SYNTAX_PROTO3 ? Wire::standard
                                                                     : Wire::unchecked;
    default: return Wire::standard;
  }
}

void expect_single_type(const Type& t, const FieldDescriptor& f) {
  EXPECT_EQ(t.kind, kind_of(f)) << f.full_name();
  EXPECT_EQ(t.wire, wire_of(f)) << f.full_name();
  if (t.kind == Kind::structure) {
    EXPECT_EQ(t.structure->full_name, f.message_type()->full_name());
  }
  if (t.kind == Kind::enumeration) {
    EXPECT_EQ(t.enumeration->full_name, f.enum_type()->full_name());
  }
}

ConstValue default_of(const FieldDescriptor& f) {
  switch (f.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: return {std::int64_t{f.default_value_int32()}};
    case FieldDescriptor::CPPTYPE_INT64: return {std::int64_t{f.default_value_int64()}};
    case FieldDescriptor::CPPTYPE_UINT32: return {std::int64_t{f.default_value_uint32()}};
    case FieldDescriptor::CPPTYPE_UINT64:
      return {static_cast<std::int64_t>(f.default_value_uint64())};
    case FieldDescriptor::CPPTYPE_DOUBLE: return {f.default_value_double()};
    case FieldDescriptor::CPPTYPE_FLOAT: return {double{f.default_value_float()}};
    case FieldDescriptor::CPPTYPE_BOOL: return {f.default_value_bool()};
    case FieldDescriptor::CPPTYPE_ENUM: return {std::int64_t{f.default_value_enum()->number()}};
    default: return {f.default_value_string()};
  }
}

void expect_default(const Field& ours, const FieldDescriptor& f) {
  // An enum that does not begin with 0 has a default without being given one.
  const bool implied = f.cpp_type() == FieldDescriptor::CPPTYPE_ENUM && !f.is_repeated() &&
                       f.default_value_enum()->number() != 0;
  ASSERT_EQ(ours.default_value.has_value(), f.has_default_value() || implied) << f.full_name();
  if (!ours.default_value) {
    return;
  }
  const ConstValue theirs = default_of(f);
  const double* a = std::get_if<double>(&ours.default_value->value);
  const double* b = std::get_if<double>(&theirs.value);
  if (a && b && std::isnan(*a) && std::isnan(*b)) {
    return;
  }
  EXPECT_EQ(*ours.default_value, theirs) << f.full_name();
}

void expect_field(const StructType& s, const Field& ours, const FieldDescriptor& f) {
  EXPECT_EQ(ours.extension, f.is_extension()) << f.full_name();
  EXPECT_EQ(ours.name, f.is_extension() ? f.full_name() : f.name());
  EXPECT_EQ(ours.json_name, f.is_extension() ? "[" + f.full_name() + "]" : f.json_name());
  if (f.is_map()) {
    ASSERT_EQ(ours.type->kind, Kind::map) << f.full_name();
    expect_single_type(*ours.type->key, *f.message_type()->map_key());
    expect_single_type(*ours.type->value, *f.message_type()->map_value());
  } else if (f.is_repeated()) {
    ASSERT_EQ(ours.type->kind, Kind::list) << f.full_name();
    expect_single_type(*ours.type->element, f);
    if (f.is_packable()) {
      EXPECT_EQ(ours.packed, f.is_packed()) << f.full_name();
    }
  } else {
    expect_single_type(*ours.type, f);
  }
  // libprotobuf 3.21 says that numbers in extensions of proto3 files have no presence, though its
  // extension sets record it.
  const Requiredness expected = f.is_required()                        ? Requiredness::required
                                : f.is_repeated()                      ? Requiredness::standard
                                : f.has_presence() || f.is_extension() ? Requiredness::optional
                                                                       : Requiredness::standard;
  EXPECT_EQ(ours.requiredness, expected) << f.full_name();
  if (const gp::OneofDescriptor* oneof = f.real_containing_oneof()) {
    ASSERT_GE(ours.oneof, 0) << f.full_name();
    EXPECT_EQ(s.oneofs[static_cast<std::size_t>(ours.oneof)].name, oneof->name());
  } else {
    EXPECT_EQ(ours.oneof, -1) << f.full_name();
  }
  expect_default(ours, f);
}

template <class Descriptor>
void expect_place(const Position& position, const Descriptor& d) {
  gp::SourceLocation location;
  if (!d.GetSourceLocation(&location)) {
    return;
  }
  EXPECT_EQ(position.line, static_cast<std::uint32_t>(location.start_line) + 1) << d.full_name();
  EXPECT_EQ(position.column, static_cast<std::uint32_t>(location.start_column) + 1);
  EXPECT_EQ(position.file, d.file()->name());
}

void expect_enum(const Schema& schema, const gp::EnumDescriptor& e) {
  const EnumType* ours = &schema.find_enum(e.full_name())->get();
  ASSERT_TRUE(ours) << e.full_name();
  EXPECT_EQ(ours->closed, e.file()->syntax() != gp::FileDescriptor::SYNTAX_PROTO3);
  ASSERT_EQ(ours->values.size(), static_cast<std::size_t>(e.value_count())) << e.full_name();
  for (int i = 0; i < e.value_count(); ++i) {
    EXPECT_EQ(ours->values[static_cast<std::size_t>(i)].name, e.value(i)->name());
    EXPECT_EQ(ours->values[static_cast<std::size_t>(i)].number, e.value(i)->number());
  }
  expect_place(ours->position, e);
}

class SchemaComparer {
 public:
  SchemaComparer(const Schema& schema, const std::vector<const gp::FileDescriptor*>& files)
      : schema_(schema) {
    for (const gp::FileDescriptor* f : files) {
      for (int i = 0; i < f->extension_count(); ++i) {
        extension(*f->extension(i));
      }
      for (int i = 0; i < f->message_type_count(); ++i) {
        extensions_in(*f->message_type(i));
      }
    }
  }

  void file(const gp::FileDescriptor& f) {
    for (int i = 0; i < f.message_type_count(); ++i) {
      message(*f.message_type(i));
    }
    for (int i = 0; i < f.enum_type_count(); ++i) {
      enumeration(*f.enum_type(i));
    }
    for (int i = 0; i < f.service_count(); ++i) {
      service(*f.service(i));
    }
  }

  void finish() {
    EXPECT_EQ(schema_.structs().size(), structs_);
    EXPECT_EQ(schema_.enums().size(), enums_);
    EXPECT_EQ(schema_.services().size(), services_);
  }

 private:
  void extension(const FieldDescriptor& x) { extensions_[x.containing_type()].push_back(&x); }
  void extensions_in(const gp::Descriptor& m) {
    for (int i = 0; i < m.extension_count(); ++i) {
      extension(*m.extension(i));
    }
    for (int i = 0; i < m.nested_type_count(); ++i) {
      extensions_in(*m.nested_type(i));
    }
  }

  void message(const gp::Descriptor& m) {
    for (int i = 0; i < m.enum_type_count(); ++i) {
      enumeration(*m.enum_type(i));
    }
    for (int i = 0; i < m.nested_type_count(); ++i) {
      message(*m.nested_type(i));
    }
    if (m.options().map_entry()) {
      return;
    }
    ++structs_;
    const StructType* s = &schema_.find_struct(m.full_name())->get();
    ASSERT_TRUE(s) << m.full_name();
    EXPECT_EQ(s->message_set, m.options().message_set_wire_format());
    std::map<int, const FieldDescriptor*> fields;
    for (int i = 0; i < m.field_count(); ++i) {
      fields[m.field(i)->number()] = m.field(i);
    }
    for (const FieldDescriptor* x : extensions_[&m]) {
      fields[x->number()] = x;
    }
    ASSERT_EQ(s->fields.size(), fields.size()) << m.full_name();
    std::size_t i = 0;
    for (const auto& [number, f] : fields) {  // both are sorted by number
      ASSERT_EQ(s->fields[i].id, number) << m.full_name();
      expect_field(*s, s->fields[i], *f);
      expect_place(s->fields[i].position, *f);
      ++i;
    }
    ASSERT_EQ(s->oneofs.size(), static_cast<std::size_t>(m.real_oneof_decl_count()));
    for (int k = 0; k < m.real_oneof_decl_count(); ++k) {
      EXPECT_EQ(s->oneofs[static_cast<std::size_t>(k)].name, m.oneof_decl(k)->name());
    }
    expect_place(s->position, m);
  }

  void enumeration(const gp::EnumDescriptor& e) {
    ++enums_;
    expect_enum(schema_, e);
  }

  void service(const gp::ServiceDescriptor& s) {
    ++services_;
    const Service* ours = &schema_.find_service(s.full_name())->get();
    ASSERT_TRUE(ours) << s.full_name();
    ASSERT_EQ(ours->methods.size(), static_cast<std::size_t>(s.method_count()));
    for (int i = 0; i < s.method_count(); ++i) {
      const Method& m = ours->methods[static_cast<std::size_t>(i)];
      EXPECT_EQ(m.name, s.method(i)->name());
      EXPECT_EQ(m.args->full_name, s.method(i)->input_type()->full_name());
      EXPECT_EQ(m.result->structure->full_name, s.method(i)->output_type()->full_name());
      EXPECT_EQ(m.client_streaming, s.method(i)->client_streaming());
      EXPECT_EQ(m.server_streaming, s.method(i)->server_streaming());
      EXPECT_EQ(m.reply, nullptr);
      expect_place(m.position, *s.method(i));
    }
  }

  const Schema& schema_;
  std::map<const gp::Descriptor*, std::vector<const FieldDescriptor*>> extensions_;
  std::size_t structs_ = 0;
  std::size_t enums_ = 0;
  std::size_t services_ = 0;
};

}  // namespace

struct ProtoTexts::Impl {
  explicit Impl(std::map<std::string, std::string> texts)
      : tree(std::move(texts)), importer(&tree, &collector) {}
  Tree tree;
  Collector collector;
  gp::compiler::Importer importer;
};

ProtoTexts::ProtoTexts(Texts texts) : impl_(std::make_unique<Impl>(std::move(texts))) {}
ProtoTexts::~ProtoTexts() = default;

const gp::FileDescriptor* ProtoTexts::file(const std::string& name) {
  return impl_->importer.Import(name);
}

gp::FileDescriptorSet ProtoTexts::set(const std::string& main) {
  gp::FileDescriptorSet set;
  const gp::FileDescriptor* root = file(main);
  if (!root) {
    ADD_FAILURE() << main << " does not compile";
    return set;
  }
  for (const gp::FileDescriptor* f : with_imports(root)) {
    gp::FileDescriptorProto* p = set.add_file();
    f->CopyTo(p);
    f->CopyJsonNameTo(p);
    f->CopySourceCodeInfoTo(p);
  }
  return set;
}

std::vector<const gp::FileDescriptor*> with_imports(const gp::FileDescriptor* file) {
  std::set<const gp::FileDescriptor*> seen;
  std::vector<const gp::FileDescriptor*> out;
  collect(file, seen, out);
  return out;
}

void expect_same_schema(const Schema& schema, const std::vector<const gp::FileDescriptor*>& files) {
  SchemaComparer comparer(schema, files);
  for (const gp::FileDescriptor* f : files) {
    comparer.file(*f);
  }
  comparer.finish();
  EXPECT_EQ(schema.documents().size(), files.size());
  EXPECT_EQ(schema.documents()[0].path, files.back()->name());
  EXPECT_EQ(schema.documents()[0].name, files.back()->package());
}

}  // namespace wirejit::test
