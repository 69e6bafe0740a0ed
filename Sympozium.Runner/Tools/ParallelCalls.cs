using System.Runtime.ExceptionServices;

namespace Sympozium.Runner.Tools;

/// <summary>Runs the tool calls of one round at the same time, on as many threads as allowed.</summary>
internal static class ParallelCalls
{
    /// <summary>Runs all; returns when the last has ended; throws the first failure then.</summary>
    public static void Run(IReadOnlyList<int> calls, int maxThreads, Action<int> run)
    {
        if (calls.Count == 1)
        {
            run(calls[0]);
            return;
        }

        int next = -1;
        ExceptionDispatchInfo? failure = null;
        void Work()
        {
            for (int i = Interlocked.Increment(ref next); i < calls.Count; i = Interlocked.Increment(ref next))
            {
                try
                {
                    run(calls[i]);
                }
                catch (Exception e)
                {
                    Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
                    return;
                }
            }
        }

        var threads = new List<Thread>();
        for (int i = 1; i < Math.Min(calls.Count, maxThreads); i++)
        {
            var thread = new Thread(Work) { IsBackground = true, Name = "tool" };
            thread.Start();
            threads.Add(thread);
        }

        Work();
        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        failure?.Throw();
    }
}
