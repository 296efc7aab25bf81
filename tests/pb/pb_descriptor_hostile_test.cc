// Descriptors beyond the limits, truncated or changed at random are rejected in bounded time and
// memory; libprotobuf must accept and reject the same ones.
#include "tests/support/protobuf_descriptor_cases.h"
#include "tests/support/random_source.h"

#include <wirejit/pb.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <span>

namespace wirejit::test {
namespace {

// ---- Limits and hostile bytes.

TEST(DescriptorLimits, EachIsEnforced) {
  ProtoTexts protos(descriptor_texts());
  const gp::FileDescriptorSet set = protos.set("shop/item.proto");
  EXPECT_EQ(load_error(set, {.limits = {.bytes = 100}}), "more than 100 bytes");
  EXPECT_EQ(load_error(set, {.limits = {.files = 2}}), "more than 2 files");
  EXPECT_EQ(load_error(set, {.limits = {.messages = 5}}), "more than 5 messages");
  EXPECT_EQ(load_error(set, {.limits = {.fields = 20}}), "more than 20 fields");
  EXPECT_EQ(load_error(set, {.limits = {.enum_values = 4}}), "more than 4 enum values");
  EXPECT_EQ(load_error(set, {.limits = {.methods = 2}}), "more than 2 methods");
  EXPECT_EQ(load_error(set, {.limits = {.nesting = 2}}),
            "shop/v2.proto: shop.v2.Order.Deep.Deeper: messages nest too deep");
  EXPECT_NE(load_error(set, {.limits = {.names = 2000}}).find("take more memory than allowed"),
            std::string::npos);
  const Result<Schema> small =
      pb::load(as_bytes(set.SerializeAsString()), {.limits = {.memory = 2000}});
  ASSERT_FALSE(small);
  EXPECT_TRUE(small.error().code() == Errc::memory_limit ||
              small.error().code() == Errc::size_limit);
}

TEST(DescriptorLimits, MessagesWithinMessages) {
  gp::FileDescriptorSet set;
  set.add_file()->set_name("deep.proto");
  gp::DescriptorProto* m = set.mutable_file(0)->add_message_type();
  for (int i = 0; i < 90; ++i) {
    m->set_name("M");
    m = m->add_nested_type();
  }
  m->set_name("M");
  EXPECT_EQ(pb::load(as_bytes(set.SerializeAsString())).error().code(), Errc::depth_limit);
  EXPECT_TRUE(pb::load(as_bytes(set.SerializeAsString()), {.limits = {.nesting = 91}}));
}

// Names of 60 kB within each other's scope would take gigabytes if they were written out.
TEST(DescriptorLimits, LongNamesAreCounted) {
  gp::FileDescriptorSet set;
  gp::FileDescriptorProto& f = *set.add_file();
  f.set_name("long.proto");
  f.set_package(std::string(60'000, 'p'));
  for (int i = 0; i < 20'000; ++i) {
    f.add_message_type()->set_name("M" + std::to_string(i));
  }
  const Result<Schema> s = pb::load(as_bytes(set.SerializeAsString()));
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().code(), Errc::size_limit);
  EXPECT_LT(s.error().message().size(), 1000U);
}

// A relative name is looked up in each scope around it: many long ones take time, not memory.
TEST(DescriptorLimits, SearchesAreCounted) {
  gp::FileDescriptorSet set;
  gp::FileDescriptorProto& f = *set.add_file();
  f.set_name("search.proto");
  std::string package = "a";
  for (int i = 0; i < 10'000; ++i) {
    package += ".a";
  }
  f.set_package(package);
  gp::DescriptorProto& m = *f.add_message_type();
  m.set_name("M");
  for (int i = 1; i < 10'000; ++i) {
    gp::FieldDescriptorProto& x = *m.add_field();
    x.set_name("f" + std::to_string(i));
    x.set_number(i);
    x.set_type_name("b.c");
  }
  const Result<Schema> s = pb::load(as_bytes(set.SerializeAsString()));
  ASSERT_FALSE(s);
  EXPECT_NE(s.error().message().find(": unknown type 'b.c'"), std::string::npos);
}

std::string real_set() {
  ProtoTexts protos(Texts{{"opt.proto", custom_options},
                          {"user.proto", custom_user},
                          {"shop/v2.proto", proto2_file},
                          {"shop/item.proto", proto3_file},
                          {"all.proto",
                           "syntax = \"proto3\"; import \"user.proto\"; "
                           "import \"shop/item.proto\";"}});
  gp::FileDescriptorSet set = protos.set("all.proto");
  for (gp::FileDescriptorProto& f : *set.mutable_file()) {
    if (f.name().starts_with("google/")) {
      f.clear_source_code_info();
    }
  }
  return set.SerializeAsString();
}

TEST(HostileDescriptors, TruncationsNeverCrash) {
  const std::string set = real_set();
  ASSERT_TRUE(pb::load(as_bytes(set)));
  std::size_t accepted = 0;
  for (std::size_t size = 0; size < set.size(); size += 1 + size / 512) {
    const std::string piece =
        set.substr(0, size);  // its own memory, so that a sanitizer sees its end
    accepted += pb::load(as_bytes(piece)).has_value() ? 1 : 0;
  }
  EXPECT_LT(accepted, 20U);  // only truncations between files
}

TEST(HostileDescriptors, ChangedBytesNeverCrash) {
  const std::string set = real_set();
  Random random(7);
  std::size_t accepted = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string changed = set;
    const std::size_t changes = 1 + random.below(3);
    for (std::size_t k = 0; k < changes; ++k) {
      const std::size_t at = random.below(changed.size());
      switch (random.below(3)) {
        case 0: changed[at] = static_cast<char>(changed[at] ^ (1 << random.below(8))); break;
        case 1: changed[at] = static_cast<char>(random.below(256)); break;
        default: changed.erase(at, 1); break;
      }
    }
    const Result<Schema> s = pb::load(as_bytes(changed), {.strict_imports = random.below(2) == 0});
    accepted += s.has_value() ? 1 : 0;
    if (!s) {
      EXPECT_LT(s.error().message().size(), 2000U);
    }
  }
  EXPECT_GT(accepted, 0U);
}

// ---- Descriptors changed at random, compared with libprotobuf

class Silent final : public gp::DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& file, const std::string& element, const gp::Message*,
                ErrorLocation, const std::string& message) override {
    if (first.empty()) {
      first = file + ": " + element + ": " + message;
    }
  }
  std::string first;
};

// The errors of libprotobuf for a set; empty if it accepts all files.
std::string official_error(const gp::FileDescriptorSet& set) {
  gp::DescriptorPool pool;
  Silent errors;
  for (const gp::FileDescriptorProto& f : set.file()) {
    if (!pool.BuildFileCollectingErrors(f, &errors)) {
      return errors.first;
    }
  }
  return {};
}

// Changes one member somewhere in a message: another number, a name from elsewhere, one element
// less or more.
class Mutator {
 public:
  Mutator(gp::FileDescriptorSet& set, Random& random) : random_(random) { walk(set); }

  void change() {
    const auto [message, field] = places_[random_.below(places_.size())];
    const gp::Reflection& r = *message->GetReflection();
    if (field->is_repeated()) {
      if (random_.below(2) == 0) {
        r.RemoveLast(message, field);
      } else if (field->cpp_type() == gp::FieldDescriptor::CPPTYPE_MESSAGE) {
        const int n = r.FieldSize(*message, field);
        const int from = static_cast<int>(random_.below(static_cast<std::size_t>(n)));
        r.AddMessage(message, field)->CopyFrom(r.GetRepeatedMessage(*message, field, from));
      }
      return;
    }
    static constexpr int numbers[] = {0,  1,     2,     3,         4,         5,  14, 15,
                                      16, 100,   199,   200,       1000,      50, 60, 61,
                                      -1, 18999, 19000, 536870911, 536870912, 7,  8,  9};
    switch (field->cpp_type()) {
      case gp::FieldDescriptor::CPPTYPE_INT32:
        r.SetInt32(message, field, numbers[random_.below(std::size(numbers))]);
        break;
      case gp::FieldDescriptor::CPPTYPE_BOOL:
        r.SetBool(message, field, !r.GetBool(*message, field));
        break;
      case gp::FieldDescriptor::CPPTYPE_ENUM:
        r.SetEnumValue(message, field,
                       field->enum_type()
                           ->value(static_cast<int>(random_.below(
                               static_cast<std::size_t>(field->enum_type()->value_count()))))
                           ->number());
        break;
      case gp::FieldDescriptor::CPPTYPE_STRING:
        r.SetString(message, field, strings_[random_.below(strings_.size())]);
        break;
      default: r.ClearField(message, field); break;
    }
  }

 private:
  void walk(gp::Message& m) {
    const gp::Reflection& r = *m.GetReflection();
    std::vector<const gp::FieldDescriptor*> fields;
    r.ListFields(m, &fields);
    for (const gp::FieldDescriptor* f : fields) {
      if (f->containing_type()->name() == "FileDescriptorProto" && f->name() == "name") {
        continue;
      }
      places_.emplace_back(&m, f);
      const bool message = f->cpp_type() == gp::FieldDescriptor::CPPTYPE_MESSAGE;
      if (message && f->is_repeated()) {
        for (int i = 0; i < r.FieldSize(m, f); ++i) {
          walk(*r.MutableRepeatedMessage(&m, f, i));
        }
      } else if (message) {
        walk(*r.MutableMessage(&m, f));
      } else if (f->cpp_type() == gp::FieldDescriptor::CPPTYPE_STRING && !f->is_repeated()) {
        strings_.push_back(r.GetString(m, f));
      }
    }
  }

  Random& random_;
  std::vector<std::pair<gp::Message*, const gp::FieldDescriptor*>> places_;
  std::vector<std::string> strings_;
};

// Errors that only one side reports, and why that is intended.
constexpr std::string_view only_ours[] = {
    "is not a valid name",       // libprotobuf allows names that begin with a digit
    "have the same JSON name",   // it compares names, not json_name; newer ones both
    "does not fit the type",     // it clamps numbers that are too large
    "is empty or out of range",  // it allows ranges that end beyond the largest number
    "the entry of a map cannot be a group",
    "Entry is not a message",  // a method of map entries
};
constexpr std::string_view only_theirs[] = {
    "map_entry should not be set explicitly",  // an entry with another name than the field's
    "is not allowed on extension fields",      // json_name, which has no effect there
    "This is not allowed in proto3",           // JSON names that differ only by case
    "is not a proto3 enum",                    // repeated closed enums in proto3
    "must be defined consecutively",           // the fields of a oneof
    "must be after all other oneofs",          // those of proto3_optional
    "Enum name ",                              // values that differ only by prefix or case
    "can only be specified for",               // options for other types: jstype, lazy, ...
    "is allowed only for",
};

bool tolerated(std::span<const std::string_view> list, const std::string& message) {
  return std::ranges::any_of(
      list, [&](std::string_view part) { return message.find(part) != std::string::npos; });
}

TEST(DifferentialDescriptors, AcceptedAndRejectedAsByLibprotobuf) {
  ProtoTexts protos(descriptor_texts());
  gp::FileDescriptorSet ours;  // the files that are changed
  gp::FileDescriptorSet others;
  const gp::FileDescriptorSet all = protos.set("shop/item.proto");
  for (gp::FileDescriptorProto f : all.file()) {
    f.clear_source_code_info();
    *(f.name().starts_with("shop/") ? ours : others).add_file() = f;
  }
  Random random(11);
  int accepted = 0;
  int rejected = 0;
  for (int round = 0; round < 4000; ++round) {
    gp::FileDescriptorSet changed = ours;
    for (std::size_t k = 1 + random.below(2); k > 0; --k) {
      Mutator(changed, random).change();
    }
    gp::FileDescriptorSet whole = others;
    whole.MergeFrom(changed);
    const std::string theirs = official_error(whole);
    const Result<Schema> loaded = pb::load(as_bytes(whole.SerializePartialAsString()));
    if (loaded && theirs.empty()) {
      ++accepted;
    } else if (!loaded && !theirs.empty()) {
      ++rejected;
    } else if (loaded) {
      EXPECT_TRUE(tolerated(only_theirs, theirs)) << "only libprotobuf rejects: " << theirs;
    } else {
      EXPECT_TRUE(tolerated(only_ours, loaded.error().message()))
          << "libprotobuf accepts: " << loaded.error().message();
    }
  }
  EXPECT_GT(accepted, 400);
  EXPECT_GT(rejected, 400);
}

}  // namespace
}  // namespace wirejit::test
