struct Implicit { i32 a, string b; -7: i64 c, 0: bool d  5: i32 e, i32 f }
union ImplicitUnion { i32 a, required i32 b }
exception ImplicitException { string why }
service ImplicitService {
  i32 f(i32 a, i32 b) throws (ImplicitException e, 3: ImplicitException g, ImplicitException h)
}
