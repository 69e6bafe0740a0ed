using System.Buffers.Text;
using System.Text;
using Sympozium.Abstractions.Broker;

namespace Sympozium.Abstractions.Tests.Broker;

public sealed class RunTokenTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, RunToken.KeySize).Select(i => (byte)i)];
    private static readonly DateTimeOffset Now = new(2026, 5, 4, 3, 2, 1, TimeSpan.Zero);
    private static readonly RunToken Token = new(new ResourceKey("team", "run-1"), "uid-1", "agent", Now.AddMinutes(10));

    [Fact]
    public void Token_Signed_IsReadBack() => Assert.Equal(Token, RunToken.Verify(Token.Sign(Key), Key, Now));

    [Theory]
    [InlineData("ünïcode", "日本")]
    [InlineData("quote\"s", "back\\slash")]
    public void Token_WithUnusualNames_IsReadBack(string name, string instance)
    {
        RunToken token = Token with { Run = new ResourceKey("team", name), Instance = instance };
        Assert.Equal(token, RunToken.Verify(token.Sign(Key), Key, Now));
    }

    [Fact]
    public void Token_AtItsExpiry_IsRefused()
    {
        string text = Token.Sign(Key);
        Assert.NotNull(RunToken.Verify(text, Key, Token.ExpiresAt.AddSeconds(-1)));
        Assert.Null(RunToken.Verify(text, Key, Token.ExpiresAt));
    }

    [Fact]
    public void Token_UnderAnotherKey_IsRefused()
    {
        byte[] other = [.. Key];
        other[^1] ^= 1;
        Assert.Null(RunToken.Verify(Token.Sign(Key), other, Now));
    }

    [Fact]
    public void Token_WithAnyCharacterChanged_NeverSaysSomethingElse()
    {
        string text = Token.Sign(Key);
        for (int i = 0; i < text.Length; i++)
        {
            foreach (char c in "aZ09-_.=/ \u00e9")
            {
                string changed = text[..i] + c + text[(i + 1)..];
                RunToken? read = RunToken.Verify(changed, Key, Now);
                // The last character of a signature has two bits that mean nothing; only those may differ.
                Assert.True(read is null || (read == Token && (changed == text || i == text.Length - 1)), $"position {i}, character '{c}'");
            }
        }
    }

    [Fact]
    public void Token_CutAnywhere_IsRefused()
    {
        string text = Token.Sign(Key);
        for (int length = 0; length < text.Length; length++)
        {
            Assert.Null(RunToken.Verify(text[..length], Key, Now));
            Assert.Null(RunToken.Verify(text[length..] + (length == 0 ? "x" : ""), Key, Now));
        }
    }

    [Theory]
    [InlineData("""{"alg":"none","typ":"JWT"}""")]
    [InlineData("""{"alg":"HS512","typ":"JWT"}""")]
    [InlineData("""{"typ":"JWT","alg":"HS256"}""")]
    public void Token_WithAnotherHeader_IsRefused(string header)
    {
        string[] parts = Token.Sign(Key).Split('.');
        string encoded = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header));
        Assert.Null(RunToken.Verify($"{encoded}.{parts[1]}.{parts[2]}", Key, Now));
        Assert.Null(RunToken.Verify($"{encoded}.{parts[1]}.", Key, Now));
    }

    [Fact]
    public void Garbage_OfAnyKind_IsRefusedWithoutThrowing()
    {
        var random = new Random(20260504);
        string header = Token.Sign(Key).Split('.')[0];
        for (int round = 0; round < 2000; round++)
        {
            string noise = new([.. Enumerable.Range(0, random.Next(200)).Select(_ => (char)random.Next(1, round % 2 == 0 ? 128 : 0xD7FF))]);
            Assert.Null(RunToken.Verify(noise, Key, Now));
            Assert.Null(RunToken.Verify($"{header}.{noise}", Key, Now));
        }
    }
}
