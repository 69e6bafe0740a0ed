using Orleans.Core;

namespace Orleans.Runtime;

/// <summary>A named part of a grain's state. It is read before the grain's activation method runs.</summary>
public interface IPersistentState<TState> : IStorage<TState>;
