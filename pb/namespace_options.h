// Options of a .proto file that name the namespace of its declarations in a language.
// Entry: namespace_options. Invariant: each scope occurs once.
#pragma once

#include <string_view>

namespace wirejit::pb {

struct NamespaceOption {
  std::string_view option;
  std::string_view scope;  // of Document::namespaces
};
inline constexpr NamespaceOption namespace_options[] = {
    {"java_package", "java"}, {"go_package", "go"},   {"csharp_namespace", "csharp"},
    {"php_namespace", "php"}, {"ruby_package", "rb"}, {"objc_class_prefix", "objc"},
    {"swift_prefix", "swift"}};

}  // namespace wirejit::pb
