package org.lares.supervisor.definition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.dd.plist.BinaryPropertyListWriter;
import com.dd.plist.NSArray;
import com.dd.plist.NSData;
import com.dd.plist.NSDate;
import com.dd.plist.NSDictionary;
import com.dd.plist.NSNumber;
import com.dd.plist.NSObject;
import com.dd.plist.NSString;
import com.dd.plist.PropertyListParser;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Both forms of property lists, held against dd-plist. */
class PropertyListTest {

    @Test
    void shouldReadTheSameAsDdPlistFromBothForms() throws Exception {
        for (long seed = 0; seed < 400; seed++) {
            NSDictionary written = dictionary(new Random(seed), 0);
            byte[] xml = written.toXMLPropertyList().getBytes(StandardCharsets.UTF_8);
            byte[] binary = BinaryPropertyListWriter.writeToArray(written);
            Object expected = plain(written);
            assertEquals(expected, plain(PropertyList.read(xml, "xml")), "seed " + seed);
            assertEquals(expected, plain(PropertyList.read(binary, "binary")), "seed " + seed);
        }
    }

    @Test
    void shouldReadTheRealListsAsDdPlistDoesFromBothForms() throws Exception {
        for (Path file : Fixture.corpus()) {
            byte[] xml = Files.readAllBytes(file);
            NSObject expected = PropertyListParser.parse(xml);
            byte[] binary = BinaryPropertyListWriter.writeToArray(expected);
            assertEquals(plain(expected), plain(PropertyList.read(xml, "xml")), file.toString());
            assertEquals(plain(expected), plain(PropertyList.read(binary, "binary")), file.toString());
        }
    }

    @Test
    void shouldKnowTheLineOfEveryKeyAndValue() throws Unreadable {
        String list =
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <!-- two
                     lines -->
                <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN"
                  "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
                <plist version="1.0">
                <dict>
                  <key>A</key>

                  <array>
                    <string>x</string> <string>y
                    </string>
                    <integer>-0x10</integer>
                  </array>
                  <key>B</key><true/>
                </dict>
                </plist>
                """;
        Value.Dict dict = PropertyList.read(list.getBytes(StandardCharsets.UTF_8), "f");
        Place[] places = {new Place("f", 7), new Place("f", 8), new Place("f", 10), new Place("f", 15)};
        Value.Entry first = dict.entries().get(0);
        assertEquals(places[0], dict.at());
        assertEquals(places[1], first.at());
        assertEquals(places[2], first.value().at());
        assertEquals(places[3], dict.entries().get(1).at());
        List<Value> items = ((Value.Items) first.value()).values();
        assertEquals(
                List.of(11, 11, 13),
                items.stream().map(item -> item.at().line()).toList());
        assertEquals(new Value.Whole(new Place("f", 13), -16), items.get(2));
    }

    @Test
    void shouldSeeBothOfTwoEqualKeysInBothForms() throws Unreadable {
        byte[] xml = Fixture.list("<key>A</key><true/>", "<key>A</key><false/>").getBytes(StandardCharsets.UTF_8);
        assertEquals(2, PropertyList.read(xml, "f").entries().size());
        // A dictionary of twice the key in object 1, with the values 2 and 3.
        byte[] binary = {
            'b',
            'p',
            'l',
            'i',
            's',
            't',
            '0',
            '0',
            (byte) 0xd2,
            1,
            1,
            2,
            3,
            0x51,
            'A',
            0x09,
            0x08,
            8,
            13,
            15,
            16,
            0,
            0,
            0,
            0,
            0,
            0,
            1,
            1,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            4,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            17
        };
        assertEquals(2, PropertyList.read(binary, "f").entries().size());
    }

    private static NSDictionary dictionary(Random random, int depth) {
        NSDictionary dictionary = new NSDictionary();
        for (int i = random.nextInt(6); i >= 0; i--) {
            dictionary.put("key" + random.nextInt(50), object(random, depth + 1));
        }
        return dictionary;
    }

    private static NSObject object(Random random, int depth) {
        switch (random.nextInt(depth > 4 ? 6 : 8)) {
            case 0 -> {
                return new NSNumber(random.nextBoolean());
            }
            case 1 -> {
                return new NSNumber(random.nextLong() >> random.nextInt(64));
            }
            case 2 -> {
                return new NSNumber(random.nextInt(1000) / 8.0);
            }
            case 3 -> {
                String[] texts = {"", "plain", "<&>\"'", "\u00e4\u20ac", "\ud83d\ude00", " x ".repeat(20), "a\nb"};
                return new NSString(texts[random.nextInt(texts.length)]);
            }
            case 4 -> {
                return new NSDate(new byte[] {0x41, (byte) 0xb4, 0, 0, 0, 0, 0, 0});
            }
            case 5 -> {
                byte[] data = new byte[random.nextInt(40)];
                random.nextBytes(data);
                return new NSData(data);
            }
            case 6 -> {
                NSObject[] items = new NSObject[random.nextInt(20)];
                for (int i = 0; i < items.length; i++) {
                    items[i] = object(random, depth + 1);
                }
                return new NSArray(items);
            }
            default -> {
                return dictionary(random, depth);
            }
        }
    }

    private static Object plain(NSObject object) {
        if (object instanceof NSDictionary dictionary) {
            Map<String, Object> all = new TreeMap<>();
            dictionary.getHashMap().forEach((key, value) -> all.put(key, plain(value)));
            return all;
        }
        if (object instanceof NSArray array) {
            List<Object> all = new ArrayList<>();
            for (NSObject item : array.getArray()) {
                all.add(plain(item));
            }
            return all;
        }
        if (object instanceof NSNumber number) {
            return number.isBoolean()
                    ? (Object) number.boolValue()
                    : number.isReal() ? (Object) number.doubleValue() : (Object) number.longValue();
        }
        if (object instanceof NSString string) {
            return string.getContent();
        }
        return object instanceof NSDate ? Type.DATE : Type.DATA;
    }

    private static Object plain(Value value) {
        if (value instanceof Value.Dict dict) {
            Map<String, Object> all = new TreeMap<>();
            dict.entries().forEach(entry -> all.put(entry.key(), plain(entry.value())));
            return all;
        }
        if (value instanceof Value.Items items) {
            List<Object> all = new ArrayList<>();
            items.values().forEach(item -> all.add(plain(item)));
            return all;
        }
        if (value instanceof Value.Text text) {
            return text.text();
        }
        if (value instanceof Value.Whole whole) {
            return whole.number();
        }
        if (value instanceof Value.Real real) {
            return real.number();
        }
        if (value instanceof Value.Truth truth) {
            return truth.holds();
        }
        assertTrue(value instanceof Value.Opaque, value::toString);
        return value.type();
    }
}
