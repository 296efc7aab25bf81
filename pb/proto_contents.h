// What a document declares as a .proto file, and the syntax that can say it.
// Entry: ProtoContents. Invariant: nothing is asked of one that has a problem.
#pragma once

#include "pb/descriptor_features.h"

#include <wirejit/schema.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace wirejit::pb {

inline std::string_view last_part(std::string_view name) {
  return name.substr(name.rfind('.') + 1);
}
inline std::string_view scope_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return name.substr(0, dot == std::string_view::npos ? 0 : dot);
}

// The schema and the document must live longer.
class ProtoContents {
 public:
  struct Extension {
    const StructType* extendee;
    const Field* field;
  };
  // What .proto lacks, and the declaration that needs it.
  struct Problem {
    std::string where;
    const char* what;
  };

  ProtoContents(const Schema& schema, const Document& document);

  // The first thing that no .proto file could contain.
  [[nodiscard]] const std::optional<Problem>& problem() const { return problem_; }
  // The first of proto3, proto2 and editions that can express the document.
  [[nodiscard]] descriptors::Syntax syntax() const { return syntax_; }

  // What is declared within a message of that full name; if it is empty, by the file itself.
  [[nodiscard]] const std::vector<const StructType*>& messages_in(std::string_view scope) const;
  [[nodiscard]] const std::vector<const EnumType*>& enums_in(std::string_view scope) const;
  [[nodiscard]] const std::vector<Extension>& extensions_in(std::string_view scope) const;

  // Whether proto2's `group` can declare a field: its message is declared in the same scope, and
  // the field's name is that of the message in lower case.
  [[nodiscard]] bool fits_group(const Field& f, std::string_view scope) const;
  // Whether a group declares the message.
  [[nodiscard]] bool is_group(const StructType& s) const { return groups_.contains(&s); }

  // In the whole schema; null if there is none.
  [[nodiscard]] const Document* owner(const StructType& s) const;  // that declares it
  [[nodiscard]] const Document* owner(const EnumType& e) const;
  [[nodiscard]] const StructType* message(std::string_view full_name) const;
  [[nodiscard]] const Document* document_of_path(std::string_view path) const;

 private:
  void fail(std::string_view where, const char* what);
  [[nodiscard]] bool namespaces_are_options() const;
  void collect();
  [[nodiscard]] const Document* declaring_document(const StructType& extendee,
                                                   const Field& f) const;
  [[nodiscard]] descriptors::Syntax choose_syntax() const;
  [[nodiscard]] bool fits(descriptors::Syntax syntax) const;
  [[nodiscard]] bool fits(descriptors::Syntax syntax, const Field& f, std::string_view scope) const;
  void find_groups();

  const Schema& schema_;
  const Document& document_;
  std::optional<Problem> problem_;
  descriptors::Syntax syntax_ = descriptors::Syntax::proto3;
  std::unordered_map<const void*, const Document*> owner_;
  std::map<std::string_view, const Document*> document_of_scope_;  // by a message's full name
  std::map<std::string_view, const Document*> document_of_path_;
  std::map<std::string_view, std::vector<const Document*>> documents_of_package_;
  std::map<std::string_view, const StructType*> by_name_;
  std::map<std::string_view, const StructType*> own_names_;  // messages of this file
  std::set<const StructType*> groups_;
  // By the full name of the enclosing message; empty for the file's own declarations.
  std::map<std::string_view, std::vector<const StructType*>> nested_;
  std::map<std::string_view, std::vector<const EnumType*>> nested_enums_;
  std::map<std::string_view, std::vector<Extension>> extensions_;
};

}  // namespace wirejit::pb
