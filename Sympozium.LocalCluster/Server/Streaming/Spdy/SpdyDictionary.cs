using System.Buffers.Binary;
using System.Text;

namespace Sympozium.LocalCluster.Server.Streaming.Spdy;

/// <summary>The text that header blocks are compressed against (SPDY draft 3.1, section 2.6.10.1).</summary>
internal static class SpdyDictionary
{
    private const string Names =
        "options|head|post|put|delete|trace|accept|accept-charset|accept-encoding|accept-language|accept-ranges|age|allow|authorization|cache-control|"
        + "connection|content-base|content-encoding|content-language|content-length|content-location|content-md5|content-range|content-type|date|etag|"
        + "expect|expires|from|host|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|last-modified|location|max-forwards|pragma|"
        + "proxy-authenticate|proxy-authorization|range|referer|retry-after|server|te|trailer|transfer-encoding|upgrade|user-agent|vary|via|warning|"
        + "www-authenticate|method|get|status|200 OK|version|HTTP/1.1|url|public|set-cookie|keep-alive|origin";

    private const string Rest =
        "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information204 No Content"
        + "301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented"
        + "503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,"
        + "image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdch"
        + "charset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

    public static byte[] Bytes { get; } = Build();

    private static byte[] Build()
    {
        using var built = new MemoryStream();
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (string name in Names.Split('|'))
        {
            BinaryPrimitives.WriteInt32BigEndian(length, name.Length);
            built.Write(length);
            built.Write(Encoding.ASCII.GetBytes(name));
        }

        built.Write(Encoding.ASCII.GetBytes(Rest));
        return built.ToArray();
    }
}
