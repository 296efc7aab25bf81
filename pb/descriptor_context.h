// What the steps of loading descriptors share: the files, the declarations found in them, their
// names, and the schema under construction.
// Entry: Context; the steps are link_files, declare_types, fill_messages, fill_services and
// finish_messages, each in its own file, called in this order by resolve_files
// (descriptor_resolve.cc). Invariant: a step that returns false has set `problem`; objects that a
// step has added keep their address, so that pointers and names can refer to them.
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
// Numbers that Protobuf reserves for itself.
inline constexpr std::int32_t first_reserved_number = 19000;
inline constexpr std::int32_t last_reserved_number = 19999;

// A set of files, by their positions.
class FileSet {
 public:
  FileSet() = default;
  explicit FileSet(std::size_t files) : words_((files + 63) / 64) {}
  [[nodiscard]] bool has(std::size_t i) const noexcept {
    return (words_[i / 64] >> (i % 64) & 1) != 0;
  }
  void add(std::size_t i) noexcept { words_[i / 64] |= std::uint64_t{1} << (i % 64); }
  void add(const FileSet& other) noexcept {
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
  std::vector<std::size_t> public_imports;  // visible also to files that import this one
  FileSet exported;                         // this file and its public imports
  FileSet visible;                          // files whose declarations names here may refer to
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
  std::vector<Range> extensible{};  // its extension ranges, sorted; set by fill_messages
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

// What a full name refers to.
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
  std::deque<std::string> names;  // storage for names that the schema does not hold
  std::unordered_map<std::string_view, Symbol, SeededHash> symbols;
  std::unordered_map<const StructType*, const Message*> message_of;
  StructType* option_types[option_kinds] = {};  // extensions of these are custom options; or null
  std::vector<PendingOptions> pending;
  Budget budget;
  std::optional<Error> problem;

  // Records the first error and returns false. The message is "file: name: what".
  bool fail(std::size_t file, std::string_view name, const std::string& what,
            Errc code = Errc::schema_invalid);
  bool fail_names(std::size_t file, std::string_view name);  // LoadLimits::names is exceeded

  // Adds a full name, which must outlive the context. Returns false if it is already declared.
  bool define(std::string_view full_name, const Symbol& symbol);
  // The type that `name` refers to in the scope of that full name; null after a failure. ".a.B" is
  // absolute; other names are looked up in the scope, then in the scopes around it, as in C++. Also
  // fails if the type's file is not visible to `file`.
  const Symbol* find_type(std::size_t file, std::string_view scope, std::string_view name,
                          std::string_view user);
  const Symbol* find_symbol(std::string_view full_name) const;

  // Reads the options that affect the schema; `features` become those of the declaration.
  bool read_options(std::size_t file, std::string_view name, OptionsOf of,
                    const std::string& options, KnownOptions& known, Features& features);

  // Fills in position and comments of the declaration at that path.
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
// A name for error messages: printable and not too long.
[[nodiscard]] std::string printable_name(std::string_view name);

// Sets syntax, imports and visible files of each file.
[[nodiscard]] bool link_files(Context& c);
// Adds documents, messages without their fields, enums, services without their methods.
[[nodiscard]] bool declare_types(Context& c, std::size_t main);
// Adds fields, oneofs and extensions.
[[nodiscard]] bool fill_messages(Context& c);
// Sets one field's type, presence, default and names; `message` is null for extensions.
[[nodiscard]] bool fill_field(Context& c, std::size_t file, const FieldDescriptorProto& proto,
                              const Message* message, std::string_view scope, const Features& outer,
                              Field& out);
// Parses the text of a default as a value of that type; nullopt if it is not one.
[[nodiscard]] std::optional<ConstValue> parse_default(const std::string& text, const Type& type);
// The range that contains a number, or null. The ranges are sorted and do not overlap.
[[nodiscard]] const Range* find_range(const std::vector<Range>& ranges, std::int32_t number);
[[nodiscard]] bool fill_services(Context& c);
// Checks complete messages, sorts their fields, and sets annotations and Semantics.
[[nodiscard]] bool finish_messages(Context& c);
// Sets StructType::semantic and EnumType::semantic of the well-known types.
void mark_well_known(Context& c);

// Runs all steps; documents()[0] is the document of files[main].
[[nodiscard]] Result<Schema> resolve_files(const std::vector<FileDescriptorProto>& files,
                                           std::size_t main, const LoadOptions& options);

}  // namespace wirejit::pb::descriptors
