// What formats say of a schema before anything is compiled.
// Entry: check_formats. Invariant: a struct is looked at once for each format, so that the time is
// linear in the schema.
#include "lower/format.h"

#include <unordered_set>

namespace wirejit::lower {

namespace {

class Walk {
 public:
  explicit Walk(const FormatImpl& format) : format_(format) {}

  Result<void> run(const Type& root) {
    meet(root);
    while (!waiting_.empty()) {
      const StructType& type = *waiting_.back();
      waiting_.pop_back();
      if (Result<void> held = format_.check(type); !held) {
        return held;
      }
      for (const Field& f : type.fields) {
        meet(*f.type);
      }
    }
    return {};
  }

 private:
  // How deep a type's own expression nests is bounded by the schema's checks.
  void meet(const Type& type) {
    if (type.structure != nullptr && seen_.insert(type.structure).second) {
      waiting_.push_back(type.structure);
    }
    for (const Type* inner : {type.element, type.key, type.value}) {
      if (inner != nullptr) {
        meet(*inner);
      }
    }
  }

  const FormatImpl& format_;
  std::unordered_set<const StructType*> seen_;
  std::vector<const StructType*> waiting_;
};

}  // namespace

Result<void> check_formats(const std::vector<FormatUse>& uses) {
  for (const FormatUse& use : uses) {
    if (Result<void> held = Walk(*use.format).run(*use.type); !held) {
      return held;
    }
  }
  return {};
}

Result<void> unheld(const StructType& type, const Field& field, std::string_view why) {
  return std::unexpected(Error(Errc::unsupported, type.full_name + "." + field.name + " = " +
                                                      std::to_string(field.id) + ": " +
                                                      std::string(why)));
}

}  // namespace wirejit::lower
