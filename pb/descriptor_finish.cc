// Finishes messages after all extensions were added: order of fields, duplicate numbers, JSON
// names, annotations.
// Entry: finish_messages. Invariant: finished messages pass the checks of SchemaBuilder::build,
// whose errors would not name the file.
#include "pb/descriptor_context.h"
#include "pb/namespace_options.h"

#include <algorithm>
#include <tuple>

namespace wirejit::pb::descriptors {
namespace {

// Fields with equal numbers are sorted by name, so that the same descriptors always give the same
// error message.
bool by_number(const Field& a, const Field& b) noexcept {
  return std::tie(a.id, a.name) < std::tie(b.id, b.name);
}

class Finisher {
 public:
  Finisher(Context& c, const Message& m) : c_(c), m_(m), s_(*m.type) {}

  bool run() {
    std::ranges::sort(s_.fields, by_number);
    const auto duplicate = std::ranges::adjacent_find(
        s_.fields, [](const Field& a, const Field& b) { return a.id == b.id; });
    if (duplicate != s_.fields.end()) {
      return fail("the number " + std::to_string(duplicate->id) + " is used twice, by '" +
                  printable_name(duplicate->name) + "' and '" +
                  printable_name(std::next(duplicate)->name) + "'");
    }
    if (!json_names()) {
      return false;
    }
    s_.index();
    return true;
  }

 private:
  bool fail(const std::string& what) { return c_.fail(m_.file, m_.full_name, what); }

  // Fields that have the JSON name of another field.
  std::vector<Field*> conflicts() {
    std::vector<Field*> all;
    all.reserve(s_.fields.size());
    for (Field& f : s_.fields) {
      all.push_back(&f);
    }
    std::ranges::sort(all, [](const Field* a, const Field* b) {
      return std::tie(a->json_name, a->id) < std::tie(b->json_name, b->id);
    });
    std::vector<Field*> found;
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
      if (all[i]->json_name != all[i + 1]->json_name) {
        continue;
      }
      if (found.empty() || found.back() != all[i]) {
        found.push_back(all[i]);
      }
      found.push_back(all[i + 1]);
    }
    return found;
  }

  // proto2 allows fields with equal JSON names; such fields use their own names in JSON, which are
  // distinct. A name set in this way may equal an explicit json_name of another field, so the loop
  // repeats, at most once per field.
  bool json_names() {
    const bool legacy =
        m_.features.json == JsonFormat::legacy_best_effort || m_.options.legacy_json_conflicts;
    for (std::vector<Field*> found; !(found = conflicts()).empty();) {
      bool changed = false;
      for (Field* f : found) {
        changed |= f->json_name != f->name && !f->extension;
        if (legacy && !f->extension) {
          f->json_name = f->name;
        }
      }
      if (!legacy || !changed) {
        return fail(printable_name(found[0]->name) + " and " + printable_name(found[1]->name) +
                    " have the same JSON name, " + printable_name(found[0]->json_name));
      }
      if (!c_.budget.spend(s_.fields.size() * sizeof(Field))) {
        return c_.fail_names(m_.file, m_.full_name);
      }
    }
    return true;
  }

  Context& c_;
  const Message& m_;
  StructType& s_;
};

bool annotate(Context& c, OptionReader& reader, const PendingOptions& p) {
  Annotations* to = p.to;
  if (!to) {
    const int i = p.owner->index_of_id(p.number);
    to = &p.owner->fields[static_cast<std::size_t>(i)].annotations;
  }
  switch (reader.annotate(p.of, p.bytes, c.option_types[static_cast<int>(p.of)], *to)) {
    case OptionReader::Outcome::done: return true;
    case OptionReader::Outcome::malformed:
      return c.fail(p.file, p.name, "its options are malformed");
    case OptionReader::Outcome::too_deep:
      return c.fail(p.file, p.name, "its options nest too deep", Errc::size_limit);
    case OptionReader::Outcome::too_large: break;
  }
  return c.fail_names(p.file, p.name);
}

void add_namespaces(SourceFile& f) {
  for (const NamespaceOption& n : namespace_options) {
    if (const std::string* value = find_annotation(f.document->annotations, n.option)) {
      f.document->namespaces.emplace_back(n.scope, *value);
      f.document->namespace_annotations.emplace_back();
    }
  }
}

}  // namespace

bool finish_messages(Context& c) {
  for (StructType* s : c.option_types) {
    if (s) {
      std::ranges::sort(s->fields, by_number);
    }
  }
  for (const Message& m : c.messages) {
    if (m.type && !Finisher(c, m).run()) {
      return false;
    }
  }
  for (const Enumeration& e : c.enums) {
    e.type->index();
  }
  for (int k = 0; k < option_kinds; ++k) {
    const Symbol* s = c.find_symbol(options_message(static_cast<OptionsOf>(k)));
    if (s && s->message && s->message->type) {
      c.option_types[k] = s->message->type;
    }
    if (c.option_types[k]) {
      c.option_types[k]->index();
    }
  }
  OptionReader reader(c.budget);
  for (const PendingOptions& p : c.pending) {
    if (!annotate(c, reader, p)) {
      return false;
    }
  }
  for (SourceFile& f : c.files) {
    add_namespaces(f);
  }
  mark_well_known(c);
  return true;
}

}  // namespace wirejit::pb::descriptors
