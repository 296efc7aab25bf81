// Sets the syntax, the imports and the visible files of each file.
// Entry: link_files. Invariant: imports form no cycle; the walk over them does not recurse.
#include "core/utf8.h"
#include "pb/descriptor_context.h"

#include <algorithm>

namespace wirejit::pb::descriptors {
namespace {

class Linker {
 public:
  explicit Linker(Context& c) : c_(c) {}

  bool run() {
    for (std::size_t i = 0; i < c_.files.size(); ++i) {
      const std::string& name = c_.files[i].proto->name;
      if (name.empty()) {
        return c_.fail(i, "", "a file has no name");
      }
      if (!core::is_utf8(name)) {
        return c_.fail(i, "", "the file's name is not valid UTF-8");
      }
      by_name_.emplace(name, i);  // no two files have the same name
      if (!syntax(i)) {
        return false;
      }
    }
    for (std::size_t i = 0; i < c_.files.size(); ++i) {
      if (!imports(i)) {
        return false;
      }
    }
    return order();
  }

 private:
  bool syntax(std::size_t i) {
    SourceFile& f = c_.files[i];
    const std::optional<Syntax> syntax = syntax_of(f.proto->syntax, f.proto->edition);
    if (!syntax) {
      return c_.fail(i, "",
                     "the syntax '" + printable_name(f.proto->syntax) + "' with edition " +
                         std::to_string(f.proto->edition) + " is not known");
    }
    f.syntax = *syntax;
    f.features = features_of_syntax(*syntax);
    KnownOptions known;
    return c_.read_options(i, "", OptionsOf::file, f.proto->options, known, f.features);
  }

  // The position of a dependency that is not in the set.
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

  bool imports(std::size_t i) {
    SourceFile& f = c_.files[i];
    const FileDescriptorProto& p = *f.proto;
    std::vector<std::size_t> found;
    for (const std::string& name : p.dependency) {
      const auto it = by_name_.find(name);
      found.push_back(it == by_name_.end() ? npos : it->second);
      if (found.back() != npos) {
        f.imports.push_back(found.back());
      }
    }
    std::vector<bool> weak(found.size());
    for (const std::int32_t k : p.weak_dependency) {
      if (!is_position(k, found)) {
        return c_.fail(i, "", "a weak import has no such position");
      }
      weak[static_cast<std::size_t>(k)] = true;
    }
    for (const std::int32_t k : p.public_dependency) {
      if (!is_position(k, found)) {
        return c_.fail(i, "", "a public import has no such position");
      }
      if (const std::size_t file = found[static_cast<std::size_t>(k)]; file != npos) {
        f.public_imports.push_back(file);
      }
    }
    for (std::size_t k = 0; k < found.size(); ++k) {
      if (found[k] == npos && !weak[k] && c_.options.strict_imports) {
        return c_.fail(
            i, "", "it imports " + printable_name(p.dependency[k]) + ", which is not in the set");
      }
    }
    std::vector<std::size_t> sorted = f.imports;
    std::ranges::sort(sorted);
    if (const auto duplicate = std::ranges::adjacent_find(sorted); duplicate != sorted.end()) {
      return c_.fail(i, "",
                     "it imports " + printable_name(c_.files[*duplicate].proto->name) + " twice");
    }
    return true;
  }

  static bool is_position(std::int32_t k, const std::vector<std::size_t>& all) {
    return k >= 0 && static_cast<std::size_t>(k) < all.size();
  }

  // Visits the files depth first, each after its imports.
  bool order() {
    enum class State : std::uint8_t { fresh, open, done };
    struct Step {
      std::size_t file;
      std::size_t next;  // the import to visit next
    };
    std::vector<State> state(c_.files.size(), State::fresh);
    std::vector<Step> steps;
    for (std::size_t root = 0; root < c_.files.size(); ++root) {
      if (state[root] != State::fresh) {
        continue;
      }
      steps.push_back({root, 0});
      state[root] = State::open;
      while (!steps.empty()) {
        Step& step = steps.back();
        const std::vector<std::size_t>& imports = c_.files[step.file].imports;
        if (step.next == imports.size()) {
          if (!compute_visibility(step.file)) {
            return false;
          }
          state[step.file] = State::done;
          steps.pop_back();
          continue;
        }
        const std::size_t import = imports[step.next++];
        if (state[import] == State::open) {
          return c_.fail(
              step.file, "",
              "it imports " + printable_name(c_.files[import].proto->name) + ", which imports it in turn");
        }
        if (state[import] == State::fresh) {
          state[import] = State::open;
          steps.push_back({import, 0});
        }
      }
    }
    return true;
  }

  bool compute_visibility(std::size_t i) {
    SourceFile& f = c_.files[i];
    const std::size_t edges = f.imports.size() + f.public_imports.size() + 2;
    if (!c_.budget.spend(edges * (c_.files.size() / 8 + 8))) {
      return c_.fail_names(i, "");
    }
    f.exported = FileSet(c_.files.size());
    f.exported.add(i);
    for (const std::size_t k : f.public_imports) {
      f.exported.add(c_.files[k].exported);
    }
    f.visible = f.exported;
    for (const std::size_t k : f.imports) {
      f.visible.add(c_.files[k].exported);
    }
    return true;
  }

  Context& c_;
  std::unordered_map<std::string_view, std::size_t, SeededHash> by_name_;
};

}  // namespace

bool link_files(Context& c) { return Linker(c).run(); }

}  // namespace wirejit::pb::descriptors
