// What the steps of loading descriptors share: the files, the declarations found in them, their
// names, and the schema that grows.
// Entry: Context; the steps are link_files, declare_types, fill_messages, fill_services and
// finish_messages, each in its own file, called in this order by resolve_files
// (descriptor_resolve.cc). Invariant: a step that returns false has set `problem`; what a step
// found stays where it is, so that pointers and names may refer to it.
#pragma once

#include "pb/descriptor_features.h"
#include "pb/descriptor_options.h"
#include "pb/descriptor_source.h"
#include "pb/descriptor_structs.h"

#include <wirejit/pb.h>
#include <wirejit/seeded_hash.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace wirejit::pb::descriptors {

inline constexpr std::int32_t max_field_number = (1 << 29) - 1;
// Numbers that Protobuf keeps for itself.
inline constexpr std::int32_t first_kept_number = 19000;
inline constexpr std::int32_t last_kept_number = 19999;

// A set of files, by their positions.
class FileBits {
 public:
  FileBits() = default;
  explicit FileBits(std::size_t files) : words_((files + 63) / 64) {}
  [[nodiscard]] bool has(std::size_t i) const noexcept {
    return (words_[i / 64] >> (i % 64) & 1) != 0;
  }
  void add(std::size_t i) noexcept { words_[i / 64] |= std::uint64_t{1} << (i % 64); }
  void add(const FileBits& other) noexcept {
    for (std::size_t k = 0; k < words_.size(); ++k) {
      words_[k] |= other.words_[k];
    }
  }

 private:
  std::vector<std::uint64_t> words_;
};

struct SourceFile {
  const FileDescriptorProto* proto = nullptr;
  Syntax syntax = Syntax::proto2;
  Features features;
  std::vector<std::size_t> imports;         // positions in Context::files
  std::vector<std::size_t> public_imports;  // those that whoever imports this file sees, too
  FileBits exported;                        // this file and its public imports
  FileBits visible;                         // what names here may refer to
  Document* document = nullptr;
  SourceMap source;
};

struct Message {
  const DescriptorProto* proto = nullptr;
  std::size_t file = 0;
  std::string full_name{};
  SourcePath path{};
  Features features{};
  KnownOptions options{};
  const Message* parent = nullptr;  // the message that it is nested in
  StructType* type = nullptr;       // null for the entries of maps
  std::vector<Range> extensible{};  // its extension ranges, in order, once its fields are known
};

struct Enumeration {
  const EnumDescriptorProto* proto = nullptr;
  std::size_t file = 0;
  EnumType* type = nullptr;
};

struct ServiceEntry {
  const ServiceDescriptorProto* proto = nullptr;
  std::size_t file = 0;
  std::int32_t position = 0;  // among the file's services
  Service* type = nullptr;
};

// What a full name stands for.
struct Symbol {
  std::size_t file = 0;
  const Message* message = nullptr;
  const Enumeration* enumeration = nullptr;
  bool package = false;
  bool service = false;

  [[nodiscard]] bool is_type() const noexcept { return message || enumeration; }
  [[nodiscard]] bool has_members() const noexcept { return is_type() || package || service; }
};

// Options that become annotations once all extensions are known.
struct PendingOptions {
  OptionsOf of = OptionsOf::file;
  std::string_view bytes;
  Annotations* to = nullptr;  // null for fields, which are found by owner and number
  StructType* owner = nullptr;
  std::int32_t number = 0;
  std::size_t file = 0;
  std::string_view name{};  // for messages
};

struct Context {
  explicit Context(const LoadOptions& o) : options(o), budget(o.limits.names) {}

  const LoadOptions& options;
  SchemaBuilder builder;
  std::deque<SourceFile> files;
  std::deque<Message> messages;
  std::deque<Enumeration> enums;
  std::deque<ServiceEntry> services;
  std::deque<std::string> names;  // storage for those that the schema does not hold
  std::unordered_map<std::string_view, Symbol, SeededHash> symbols;
  std::unordered_map<const StructType*, const Message*> message_of;
  StructType* option_types[option_kinds] = {};  // whose extensions are custom options, or null
  std::vector<PendingOptions> pending;
  Budget budget;
  std::optional<Error> problem;

  // Always false. The message is "file: name: what".
  bool fail(std::size_t file, std::string_view name, const std::string& what,
            Errc code = Errc::schema_invalid);
  bool fail_names(std::size_t file, std::string_view name);  // the limit on names is reached

  // Enters a full name, which must outlive the context. False if it is taken.
  bool define(std::string_view full_name, const Symbol& symbol);
  // What `name` stands for in the scope of that full name, or null: ".a.B" is absolute, other names
  // are looked for in the scope, then in those around it, as in C++. Fails, too, if the file does
  // not see the type's file.
  const Symbol* find_type(std::size_t file, std::string_view scope, std::string_view name,
                          std::string_view user);
  const Symbol* find_symbol(std::string_view full_name) const;

  // Reads the options that the schema obeys; `features` become those of the declaration.
  bool read_options(std::size_t file, std::string_view name, OptionsOf of,
                    const std::string& options, KnownOptions& known, Features& features);

  // Fills in position and comments of what stands at that path.
  template <class Declaration>
  void describe(std::size_t file, std::span<const std::int32_t> path, Declaration& d) {
    const SourceFile& f = files[file];
    d.position.file = f.document->path;
    if (const Location* l = f.source.find(path)) {
      d.position = position_of(*l, f.document->path);
      d.doc = doc_of(*l);
    }
  }

 private:
  const Symbol* search(std::string_view scope, std::string_view name, bool& out_of_budget);
  std::string candidate_;  // of search
};

// An identifier of the language: letters, digits and '_', no digit first.
[[nodiscard]] bool is_identifier(std::string_view name) noexcept;
// "outer.name", or "name" without an outer one.
[[nodiscard]] std::string join(std::string_view outer, std::string_view name);
// A name as messages show it: printable and not too long.
[[nodiscard]] std::string shown(std::string_view name);

// Syntax, imports and what each file sees.
[[nodiscard]] bool link_files(Context& c);
// Documents, messages without their fields, enums, services without their methods.
[[nodiscard]] bool declare_types(Context& c, std::size_t main);
// Fields, oneofs and extensions.
[[nodiscard]] bool fill_messages(Context& c);
// One field's type, presence, default and names; `message` is null for extensions.
[[nodiscard]] bool fill_field(Context& c, std::size_t file, const FieldDescriptorProto& proto,
                              const Message* message, std::string_view scope, const Features& outer,
                              Field& out);
// A default's text as a value of that type; nothing if it is none.
[[nodiscard]] std::optional<ConstValue> parse_default(const std::string& text, const Type& type);
// The range that holds a number, or null; they stand in order and do not overlap.
[[nodiscard]] const Range* find_range(const std::vector<Range>& ranges, std::int32_t number);
[[nodiscard]] bool fill_services(Context& c);
// Checks of whole messages, their order of fields, what they mean beyond them, annotations.
[[nodiscard]] bool finish_messages(Context& c);
// StructType::semantic and EnumType::semantic of the well-known types.
void mark_well_known(Context& c);

// All steps; documents()[0] is that of files[main].
[[nodiscard]] Result<Schema> resolve_files(const std::vector<FileDescriptorProto>& files,
                                           std::size_t main, const LoadOptions& options);

}  // namespace wirejit::pb::descriptors
