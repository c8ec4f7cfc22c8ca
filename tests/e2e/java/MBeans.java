import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.DynamicMBean;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeDataSupport;
import javax.management.openmbean.CompositeType;
import javax.management.openmbean.OpenType;
import javax.management.openmbean.SimpleType;
import javax.management.openmbean.TabularDataSupport;
import javax.management.openmbean.TabularType;

/**
 * Registers the MBeans that a file describes and waits until its standard input ends.
 *
 * <p>A line of the file is an MBean or one of its attributes, tab-separated, with line breaks written as \n:
 * {@code bean objectName}, {@code attr name type value}, {@code row attribute type key value} (one row of a map).
 * The types are long, double, boolean, string, strings (an array) and null.
 */
public final class MBeans {
    private MBeans() {}

    private static Object value(String type, String text) {
        return switch (type) {
            case "long" -> Long.valueOf(text);
            case "double" -> Double.valueOf(text);
            case "boolean" -> Boolean.valueOf(text);
            case "string" -> text.replace("\\n", "\n");
            case "strings" -> text.isEmpty() ? new String[0] : text.split("\\|");
            case "null" -> null;
            default -> throw new IllegalArgumentException("unknown type " + type);
        };
    }

    /** What a Map attribute of an MXBean looks like over JMX: a table with the columns key and value. */
    private static TabularDataSupport table(OpenType<?> columnType) throws Exception {
        String[] columns = {"key", "value"};
        CompositeType row = new CompositeType("row", "row", columns, columns, new OpenType<?>[] {SimpleType.STRING, columnType});
        return new TabularDataSupport(new TabularType("map", "map", row, new String[] {"key"}));
    }

    private record Bean(Map<String, Object> values) implements DynamicMBean {
        @Override
        public Object getAttribute(String name) {
            return values.get(name);
        }

        @Override
        public void setAttribute(Attribute attribute) {
            throw new UnsupportedOperationException();
        }

        @Override
        public AttributeList getAttributes(String[] names) {
            AttributeList list = new AttributeList();
            for (String name : names) {
                list.add(new Attribute(name, values.get(name)));
            }
            return list;
        }

        @Override
        public AttributeList setAttributes(AttributeList attributes) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Object invoke(String action, Object[] parameters, String[] signature) {
            throw new UnsupportedOperationException();
        }

        @Override
        public MBeanInfo getMBeanInfo() {
            List<MBeanAttributeInfo> attributes = new ArrayList<>();
            values.forEach((name, value) -> attributes.add(new MBeanAttributeInfo(
                    name, value == null ? "java.lang.String" : value.getClass().getName(), name, true, false, false)));
            return new MBeanInfo("MBeans", "made up", attributes.toArray(new MBeanAttributeInfo[0]), null, null, null);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, Map<String, Object>> beans = new LinkedHashMap<>();
        Map<String, Object> bean = Map.of();
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            String[] field = line.split("\t", -1);
            switch (field[0]) {
                case "bean" -> beans.put(field[1], bean = new LinkedHashMap<>());
                case "attr" -> bean.put(field[1], value(field[2], field[3]));
                case "row" -> {
                    Object number = value(field[2], field[4]);
                    if (!bean.containsKey(field[1])) {
                        bean.put(field[1], table(number instanceof Long ? SimpleType.LONG : SimpleType.STRING));
                    }
                    TabularDataSupport rows = (TabularDataSupport) bean.get(field[1]);
                    rows.put(new CompositeDataSupport(
                            rows.getTabularType().getRowType(), new String[] {"key", "value"}, new Object[] {field[3], number}));
                }
                default -> throw new IllegalArgumentException(line);
            }
        }
        for (Map.Entry<String, Map<String, Object>> entry : beans.entrySet()) {
            java.lang.management.ManagementFactory.getPlatformMBeanServer()
                    .registerMBean(new Bean(entry.getValue()), new ObjectName(entry.getKey()));
        }
        System.out.println("registered " + beans.size());
        while (System.in.read() >= 0) {
            // until the one who asked has gone
        }
    }
}
