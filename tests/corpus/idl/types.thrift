struct Scalars {
  1: bool a; 2: byte b; 3: i8 c; 4: i16 d; 5: i32 e; 6: i64 f; 7: double g; 8: string h; 9: binary i
}
struct Containers {
  1: list<list<list<i32>>> a
  2: map<string, map<i64, set<Scalars>>> b
  3: set<binary> c
  4: map<Scalars, list<Containers>> d
  5: list<i32> cpp_type "std::deque<int>" e
  6: map cpp_type "absl::btree_map" <i32, i32> f
  7: set cpp_type "absl::btree_set" <i32> g
  8: map<list<i32>, set<string>> (unordered) h
}
struct Mutual1 { 1: optional Mutual2 other }
struct Mutual2 { 1: list<Mutual1> others; 2: Later later }
typedef Later Soon
typedef Soon Sooner
struct Later { 1: Sooner self_again; 2: map<string, Soon> more }
struct Empty {}
